"""Chinese."""

from __future__ import annotations

import re

from extract.lexicon.rows import AREAS, LEAD, RESPONSIBLE, SUPPORT, TASKS, AssignmentStyle, DateStyle, Lexicon, Unit
from extract.numerals import CHINESE_WORD

# A list of bodies, with brackets inside it.
NAMES = r"(?:[^（）()。；;：:\n]|[（(][^（）()]*[)）])+"
NUMBER = rf"(?P<n>\d{{1,3}}|{CHINESE_WORD})"

UNITS = (
    Unit("任务", TASKS),
    Unit("工作任务", TASKS),
    Unit("举措", TASKS),
    Unit("措施", TASKS),
    Unit("条措施", TASKS),
    Unit("方面", AREAS),
    Unit("领域", AREAS),
)

BODY_KINDS = {
    "领导小组": "team",
    "工作组": "team",
    "专项组": "team",
    "专班": "team",
    "办公室": "office",
    "秘书处": "office",
    "委员会": "organisation",
    "联席会议": "organisation",
}
BODY_NOUN = "|".join(BODY_KINDS)

LEXICON = Lexicon(
    language="zh",
    count=re.compile(
        rf"{NUMBER}(?P<modifiers>(?:项|个|大|条|方面)?(?:主要|重点|重大|具体|关键|核心|工作|合作)*)(?P<noun>{'|'.join(unit.noun for unit in reversed(UNITS))})"
    ),
    units=UNITS,
    listed=re.compile(
        rf"{NUMBER}(?P<modifiers>[个大项支][^，。；、：:（）\d]{{0,8}}?)(?P<noun>{BODY_NOUN}|组|定位|作用|角色)[，,]?(?P<how>包括|即|分别是|分别为|：)(?P<list>[^。；！？]+)"
    ),
    exhaustive=re.compile(r"即|分别|："),
    separators=re.compile(r"[、，]|以及|和(?=[^、，]{2,12}$)"),
    singular=(),
    bylines=(
        re.compile(
            r"(?:记者|作者|撰稿|文)[:：/／]?\s*(?P<name>[\u4e00-\u9fff·]{2,8}(?:\s+[\u4e00-\u9fff·]{2,8}){0,3}).{0,40}"
        ),
    ),
    credits=(
        re.compile(
            r"(?:.{0,40}\s)?[（(]?(?:来源|稿源|文章来源|信息来源)[:：]\s*(?P<name>[^\s|()（）]{2,40})\s*[)）]?.{0,40}"
        ),
    ),
    card={
        "title": re.compile(r"\**(?:标\s*题|名\s*称|文件名称)\**\s*[:：]\**\s*(?P<value>.*)"),
        "published": re.compile(r"\**(?:发布(?:日期|时间)|发文日期|公开日期|印发日期)\**\s*[:：]\**\s*(?P<value>.*)"),
        "signed": re.compile(r"\**(?:成文日期|生成日期|签发日期)\**\s*[:：]\**\s*(?P<value>.*)"),
        "issuers": re.compile(r"\**(?:发文机关|发布机构|制发机关|发文单位)\**\s*[:：]\**\s*(?P<value>.*)"),
        "number": re.compile(r"\**(?:发文字号|文\s*号|文件编号)\**\s*[:：]\**\s*(?P<value>.*)"),
    },
    dates=(
        DateStyle(re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日")),
        DateStyle(re.compile(r"\b(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")),
    ),
    months={},
    ends=(
        re.compile(r"(?:相关(?:链接|新闻|阅读|稿件|文件)|延伸阅读|推荐阅读|热门(?:新闻|文章)|更多新闻)[:：]?.{0,20}"),
        re.compile(r"[（(【\[]?责任编辑[:：]?.{0,30}"),
        re.compile(r"(?:版权所有|主办单位|网站标识码|打印本页|关闭窗口).{0,120}"),
    ),
    actions=re.compile(
        "(?:进一步|全面|积极|着力|加快|大力|深入|持续|共同|联合|切实|统筹|强力|扎实|有序|稳步|协同)*"
        "(?:推进|推动|加强|强化|建设|建立|完善|健全|促进|提升|提高|优化|深化|开展|支持|鼓励|培育|发展|落实|实施|构建|打造|创新|拓展|扩大|规范|加大|统一|制定|"
        "推广|引导|探索|改革|改善|保障|做好|搭建|畅通|增强|壮大|夯实|严格|组织|协调|整合|共建|共享|争取|举办|研究|布局|治理|保护|修复|防治|防控|培养|引进|加快)"
    ),
    without_tasks=re.compile(
        "(?:总体(?:要求|思路|目标|考虑)|指导思想|基本原则|工作原则|(?:主要|工作|发展|总体|行动|具体|建设)?目标(?:任务)?|重大意义|重要意义|发展(?:现状|形势|环境|基础)(?:和(?:形势|环境))?"
        "|发展现状和形势|面临(?:的)?形势|现状(?:与|和)形势|形势(?:与|和)(?:要求|挑战)|工作背景|背景(?:意义)?|适用范围|术语(?:和)?定义|名词解释|附则|试点范围|试点(?:目标|时间))[。．.：:]?(?:[（(].*[)）])?"
    ),
    responsibility=re.compile(
        "[（(][^（）()]{2,200}(?:负责|牵头|配合|参与|指导)[^（）()]{0,20}[)）]|(?:责任|牵头|配合|负责)(?:单位|部门)[:：]"
    ),
    assignments=(
        AssignmentStyle(re.compile(rf"(?:牵头|主办|牵头负责)(?:单位|部门)[:：]\s*(?P<list>{NAMES})"), LEAD),
        AssignmentStyle(re.compile(rf"(?:配合|协办|参与|参加|协同)(?:单位|部门)[:：]\s*(?P<list>{NAMES})"), SUPPORT),
        AssignmentStyle(re.compile(rf"(?:责任|负责)(?:单位|部门)[:：]\s*(?P<list>{NAMES})"), RESPONSIBLE),
        AssignmentStyle(
            re.compile(rf"[（(](?:由)?(?P<list>{NAMES}?)(?:牵头负责|牵头组织|牵头|总牵头)(?=[，,；;、。）)])"), LEAD
        ),
        AssignmentStyle(
            re.compile(
                rf"(?:牵头|负责)[，,；;]\s*(?P<list>{NAMES}?)(?:等)?(?:按(?:照)?职责分工)?(?:配合|参与|参加|协同|协助)(?=[。；;，,）)])"
            ),
            SUPPORT,
        ),
        AssignmentStyle(
            re.compile(
                rf"[（(](?:由)?(?P<list>{NAMES}?)(?:按(?:照)?(?:各自)?职责(?:分工)?|分工|分别|共同)*负责(?=[。；;，,）)])"
            ),
            RESPONSIBLE,
        ),
    ),
    first_leads=re.compile("(?:排|列)(?:名)?(?:在)?(?:第一位|首位)(?:的)?(?:部门|单位|者)?(?:为|是)牵头"),
    body_separators=re.compile("[、，,；;]|会同"),
    nobody=re.compile(
        "^(?:由|会同)|等?(?:有关|相关|其他)(?:部门|单位|方面)(?:和单位|、单位)?$|等(?:\\d+个)?(?:部门|单位)?(?:和单位)?$"
    ),
    safeguards=re.compile(r"保障措施|组织(?:实施|保障|领导)|实施保障|强化保障|保障机制"),
    body_kinds=BODY_KINDS,
    founding=re.compile(
        rf"(?:设立|成立|组建|建立)(?:了)?(?P<name>[\u4e00-\u9fff“”\"]{{2,20}}?(?P<noun>{BODY_NOUN}))(?!{BODY_NOUN})"
    ),
    parties=re.compile(
        r"(?:由|经)(?P<list>[\u4e00-\u9fff]{2,12}?(?:、[\u4e00-\u9fff]{2,12}?)*(?:和|与|、)[\u4e00-\u9fff]{2,12}?)(?:共同|联合)?(?:签署|签订)"
    ),
    document_name=re.compile(
        r"《(?P<name>[^《》\n]{2,120}?)(?:[（(](?P<years>\d{4}\s*[-–—－至]+\s*\d{4})\s*年?[)）])?》(?:[（(](?P<after>\d{4}\s*[-–—－至]+\s*\d{4})\s*年?[)）])?"
    ),
    name_grammar=None,
    own_name=re.compile(
        r"\s*[（(](?:以下)?(?:统?简称|下称)[:：]?[《“\"]?(?:规划|方案|计划|意见|要点|纲要|行动计划|工作要点)"
    ),
)
