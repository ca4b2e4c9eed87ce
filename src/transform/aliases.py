"""Tables of names for the same body, to read and to extend.

A row holds a body's full names, one per language, and its short ones. Spellings that differ only in 和 or 与, in 委 for
委员会, 办 for 办公室, or in case, width and punctuation are equal without a row. A dataset can add names in its file
(`aliases:`); names that only one dataset uses belong there.
"""

from __future__ import annotations

# National bodies, whose names need no place. The first name of a row gives the key.
NATIONAL: tuple[tuple[str, ...], ...] = (
    ("国家发展和改革委员会", "National Development and Reform Commission", "NDRC", "国家发改委"),
    ("工业和信息化部", "Ministry of Industry and Information Technology", "MIIT", "工信部"),
    ("科学技术部", "Ministry of Science and Technology", "MOST", "科技部"),
    ("人力资源和社会保障部", "Ministry of Human Resources and Social Security", "MOHRSS", "人社部"),
    ("住房和城乡建设部", "Ministry of Housing and Urban-Rural Development", "MOHURD", "住建部"),
    ("文化和旅游部", "Ministry of Culture and Tourism", "MCT", "文旅部"),
    ("财政部", "Ministry of Finance", "MOF"),
    ("商务部", "Ministry of Commerce", "MOFCOM"),
    ("教育部", "Ministry of Education", "MOE"),
    ("自然资源部", "Ministry of Natural Resources", "MNR"),
    ("生态环境部", "Ministry of Ecology and Environment", "MEE"),
    ("交通运输部", "Ministry of Transport", "MOT"),
    ("农业农村部", "Ministry of Agriculture and Rural Affairs", "MARA"),
    ("应急管理部", "Ministry of Emergency Management", "MEM", "应急部"),
    ("国家卫生健康委员会", "National Health Commission", "NHC", "国家卫健委"),
    ("国家市场监督管理总局", "State Administration for Market Regulation", "SAMR", "市场监管总局"),
    ("国家税务总局", "State Taxation Administration", "STA", "税务总局"),
    ("国家广播电视总局", "National Radio and Television Administration", "NRTA", "广电总局"),
    ("国家体育总局", "General Administration of Sport", "体育总局"),
    ("海关总署", "General Administration of Customs", "GACC"),
    ("国务院国有资产监督管理委员会", "State-owned Assets Supervision and Administration Commission", "SASAC", "国资委"),
    ("中国人民银行", "People's Bank of China", "PBOC", "PBC", "人民银行"),
    ("中国证券监督管理委员会", "China Securities Regulatory Commission", "CSRC", "证监会"),
    ("中国银行保险监督管理委员会", "China Banking and Insurance Regulatory Commission", "CBIRC", "银保监会"),
    ("国家互联网信息办公室", "Cyberspace Administration of China", "CAC", "国家网信办"),
    ("国家医疗保障局", "National Healthcare Security Administration", "NHSA", "国家医保局"),
    ("国家药品监督管理局", "National Medical Products Administration", "NMPA", "国家药监局"),
    ("国家能源局", "National Energy Administration", "NEA"),
    ("国家统计局", "National Bureau of Statistics", "NBS"),
    ("国家知识产权局", "China National Intellectual Property Administration", "CNIPA"),
    ("国家机关事务管理局", "国管局"),
    ("国家标准化管理委员会", "标准委"),
)

# Full and short names of local bodies, as they follow the name of a place: 市发改委, 省人社厅.
LOCAL: tuple[tuple[str, ...], ...] = (
    ("发展和改革委员会", "发改委"),
    ("发展和改革局", "发改局"),
    ("经济和信息化委员会", "经信委", "经济信息委"),
    ("经济和信息化局", "经信局"),
    ("经济和信息化厅", "经信厅"),
    ("工业和信息化局", "工信局"),
    ("工业和信息化厅", "工信厅"),
    ("人力资源和社会保障局", "人社局", "人力社保局"),
    ("人力资源和社会保障厅", "人社厅", "人力社保厅"),
    ("住房和城乡建设委员会", "住建委"),
    ("住房和城乡建设局", "住建局"),
    ("住房和城乡建设厅", "住建厅"),
    ("规划和自然资源局", "规自局", "规资局"),
    ("规划和自然资源委员会", "规自委"),
    ("科学技术局", "科技局"),
    ("科学技术厅", "科技厅"),
    ("科学技术委员会", "科委"),
    ("文化和旅游局", "文旅局"),
    ("文化和旅游厅", "文旅厅"),
    ("文化和旅游发展委员会", "文旅委", "文化旅游委"),
    ("卫生健康委员会", "卫健委"),
    ("国有资产监督管理委员会", "国资委"),
    ("市场监督管理局", "市场监管局"),
    ("地方金融监督管理局", "金融监管局", "地方金融监管局"),
    ("医疗保障局", "医保局"),
    ("药品监督管理局", "药监局"),
    ("疾病预防控制中心", "疾控中心"),
    ("疾病预防控制局", "疾控局"),
    ("互联网信息办公室", "网信办"),
    ("应急管理局", "应急局"),
    ("应急管理厅", "应急厅"),
    ("退役军人事务局", "退役军人局"),
    ("退役军人事务厅", "退役军人厅"),
    ("民族宗教事务委员会", "民宗委"),
    ("机关事务管理局", "机关事务局"),
)

# Prefixes of national bodies.
STATE_PREFIXES = ("中华人民共和国", "国务院", "国家", "中国", "全国")
# Prefixes by which a text means its own place, with the ending of that place's name.
OWN_PLACE_PREFIXES = {
    "全市": "市",
    "我市": "市",
    "本市": "市",
    "自治区": "自治区",
    "市": "市",
    "省": "省",
    "区": "区",
    "县": "县",
    "州": "州",
    "各": "",
}
# Words that begin like one of these prefixes but do not name a place.
NOT_A_PLACE = ("市场", "市政公用", "市政工程", "市政管理", "区域", "县域", "省际")
OWN_PLACE_WORDS = ("municipal", "provincial", "county", "district", "prefectural", "city")
# Endings of names without a place: of national bodies, and of local ones.
STATE_ENDINGS = ("部", "总局", "署", "总署")
PLACE_ENDINGS = ("局", "委", "委员会", "办", "办公室", "厅", "政府", "处", "中心", "院", "站", "室")
# Spellings that make no difference: characters that may be left out, and long forms with their short ones.
JOINING = "和与及暨、"
SHORT_FORMS = {"委员会": "委", "办公室": "办", "人民政府": "政府"}
