"""Traditional Chinese: its characters, and the lexicon for texts that are written in them.

The lexicon is made from the one for simplified characters. In each pattern a character stands for its traditional forms
too (`任务` becomes `任[务務]`), so a text is matched as it is written, and what is read from it keeps its words and its
position. Words that only Taiwan or Hong Kong use are rows of `zh`, in simplified characters like all others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from itertools import product
from typing import Any

from extract.lexicon.rows import Lexicon

# Each character of simplified texts that has other forms in traditional ones, followed by those forms, also by those of
# Taiwan and Hong Kong: the characters of GB 2312 in the tables STCharacters, TWVariants and HKVariants of OpenCC
# (https://github.com/BYVoid/OpenCC, Apache License 2.0).
VARIANTS = """
    万萬 与與 丑醜 专專 业業 丛叢 东東 丝絲 丢丟 两兩 严嚴 丧喪 个個箇 丰豐 临臨 为爲為 丽麗 举舉 么麼 义義 乌烏 乐樂 乔喬 习習 乡鄉 书書 买買 乱亂 了瞭 争爭 于於 亏虧 云雲 亘亙 亚亞 产產 亩畝
    亲親 亵褻 亿億 仅僅 仆僕 仇讎 从從 仑侖崙 仓倉 仪儀 们們 价價 仿彷 众衆眾 优優 伙夥 会會 伛傴 伞傘 伟偉 传傳 伤傷 伥倀 伦倫 伧傖 伪僞偽 伫佇 体體 余餘 佛彿 佣傭 佥僉 侠俠 侣侶 侥僥 侦偵
    侧側 侨僑 侩儈 侪儕 侬儂 俊儁 俣俁 俦儔 俨儼 俩倆 俪儷 俭儉 修脩 借藉 债債 倾傾 偬傯 偻僂 偾僨 偿償 傥儻 傧儐 储儲 傩儺 僵殭 儿兒 克剋 兑兌 兖兗 党黨 兰蘭 关關 兴興 兹茲 养養 兽獸 冁囅
    内內 冈岡 册冊 写寫 军軍 农農 冬鼕 冯馮 冲衝沖 决決 况況 冻凍 净淨 凄悽淒 准準 凉涼 凌淩 减減 凑湊 凛凜 几幾 凤鳳 凫鳧 凭憑 凯凱 凶兇 出齣 击擊 凿鑿 刍芻 划劃 刘劉 则則 刚剛 创創 删刪
    别別彆 刭剄 刮颳 制製 刹剎 刽劊 刿劌 剀剴 剂劑 剐剮 剑劍 剥剝 剧劇 劝勸 办辦 务務 劢勱 动動 励勵 劲勁 劳勞 势勢 勋勳勛 匀勻 匦匭 匮匱 区區 医醫 千韆 升昇 华華 协協 单單 卖賣 卜蔔 占佔 卢盧
    卤滷鹵 卧臥 卫衛衞 却卻 卷捲 卺巹 厂廠 厅廳 历歷曆 厉厲 压壓 厌厭 厍厙 厕廁 厘釐 厢廂 厣厴 厦廈 厨廚 厩廄 厮廝 县縣 叁叄 参參蔘 双雙 发發髮 变變 叙敘敍 叠疊 只衹隻祇 台臺檯枱颱 叶葉 号號
    叹嘆歎 叽嘰 吁籲 吃喫 合閤 吊弔 同衕 后後 向嚮曏 吓嚇 吕呂 吗嗎 吨噸 听聽 启啓啟 吴吳 呐吶 呒嘸 呓囈 呕嘔 呖嚦 呗唄 员員 呙咼 呛嗆 呜嗚 周週賙 咏詠 咙嚨 咛嚀 咝噝 咤吒 咨諮 咸鹹 咽嚥 哄鬨
    响響 哑啞 哒噠 哓嘵 哔嗶 哕噦 哗譁嘩 哙噲 哜嚌 哝噥 哟喲 唇脣 唛嘜 唠嘮 唢嗩 唤喚 啧嘖 啬嗇 啭囀 啮齧嚙 啸嘯 喂餵 喷噴 喽嘍 喾嚳 嗫囁 嗳噯 嘘噓 嘤嚶 嘱囑 噜嚕 噪譟 嚣囂 回迴 团團糰 园園
    困睏 囱囪 围圍 囵圇 国國 图圖 圆圓 圣聖 圹壙 场場 坏壞 块塊 坚堅 坛壇罈 坜壢 坝壩垻 坞塢 坟墳 坠墜 垄壟 垅壠 垆壚 垒壘 垦墾 垩堊 垫墊 垭埡 垲塏 垴堖 埘塒 埙壎塤 埚堝 堑塹 堕墮 墙牆 壮壯
    声聲 壳殼 壶壺 处處 备備 复復複覆 够夠 夫伕 头頭 夸誇 夹夾 夺奪 奁奩 奂奐 奋奮 奖獎 奥奧 奸姦 妆妝粧 妇婦 妈媽 妩嫵 妪嫗 妫嬀媯 姗姍 姜薑 姹奼 娄婁 娅婭 娆嬈 娇嬌 娈孌 娘孃 娱娛 娲媧 娴嫺嫻
    婴嬰 婵嬋 婶嬸 媪媼 嫒嬡 嫔嬪 嫱嬙 嬷嬤 孙孫 学學 孪孿 宁寧甯 它牠 宝寶 实實 宠寵 审審 宪憲 宫宮 家傢 宽寬 宾賓 寝寢 对對 寻尋 导導 寿壽 将將 尔爾 尘塵 尝嘗嚐 尧堯 尴尷 尸屍 尽盡儘 局侷
    层層 屉屜 届屆 属屬 屡屢 屦屨 屿嶼 岁歲 岂豈 岖嶇 岗崗 岘峴 岚嵐 岛島 岩巖 岭嶺 岳嶽 岽崬 岿巋 峄嶧 峡峽 峤嶠 峥崢 峦巒 峰峯 崂嶗 崃崍 崭嶄 嵘嶸 嵝嶁 巅巔 巨鉅 巩鞏 巯巰 币幣 布佈 帅帥
    师師 帏幃 帐帳 帘簾 帜幟 带帶 帧幀 席蓆 帮幫 帱幬 帻幘 帼幗 幂冪 干幹乾 并並併 幸倖 幺么 广廣 庄莊 庆慶 床牀 庐廬 庑廡 库庫 应應 庙廟 庞龐 废廢 庵菴 廪廩 开開 异異 弃棄 弑弒 张張 弥彌瀰
    弦絃 弪弳 弯彎 弹彈 强強 归歸 当當噹 录錄彔 彦彥 彩綵 彻徹 征徵 径徑 徕徠 御禦 忆憶 忏懺 志誌 忧憂 念唸 忾愾 怀懷 态態 怂慫 怃憮 怄慪 怅悵 怆愴 怜憐 总總 怼懟 怿懌 恋戀 恒恆 恤卹 恳懇
    恶惡噁 恸慟 恹懨 恺愷 恻惻 恼惱 恽惲 悦悅 悫愨 悬懸 悭慳 悯憫 惊驚 惧懼 惨慘 惩懲 惫憊 惬愜 惭慚 惮憚 惯慣 愈癒 愠慍 愤憤 愦憒 愿願 慑懾 懑懣 懒懶 懔懍 戆戇 戋戔 戏戲 戗戧 战戰 戚慼 戬戩
    户戶 才纔 扎紮 扑撲 托託 扣釦 执執 扩擴 扪捫 扫掃 扬揚 扰擾 折摺 抚撫 抛拋 抟摶 抠摳 抡掄 抢搶 护護 报報 抵牴 担擔 拐柺枴 拟擬 拢攏 拣揀 拥擁 拦攔 拧擰 拨撥 择擇 挂掛 挚摯 挛攣 挝撾 挞撻
    挟挾 挠撓 挡擋 挢撟 挣掙 挤擠 挥揮 挨捱 挽輓 捞撈 损損 捡撿 换換 捣搗 据據 掳擄 掴摑 掷擲 掸撣 掺摻 掼摜 揽攬 揿撳 搀攙 搁擱 搂摟 搅攪 搜蒐 携攜 摄攝 摅攄 摆擺襬 摇搖 摈擯 摊攤 撄攖 撑撐
    撵攆 撷擷 撸擼 撺攛 擞擻 攒攢 敌敵 敛斂 数數 斋齋 斓斕 斗鬥 斩斬 断斷 旋鏇 无無 旧舊 时時 旷曠 昆崑 昙曇 昵暱 昼晝 显顯 晋晉 晒曬 晓曉 晔曄 晕暈 晖暉 暂暫 暗闇 暧曖 曲麴 术術朮 朱硃 朴樸
    机機 杀殺 杂雜 权權 杆桿 杠槓 条條 来來 杨楊 杩榪 杯盃 杰傑 松鬆 板闆 极極 构構 枞樅 枢樞 枣棗 枥櫪 枧梘 枨棖 枪槍 枫楓 枭梟 柜櫃 柠檸 柽檉 栀梔 栅柵 标標 栈棧 栉櫛 栊櫳 栋棟 栌櫨 栎櫟
    栏欄 树樹 栖棲 栗慄 样樣 核覈 栾欒 桠椏 桡橈 桢楨 档檔 桤榿 桥橋 桦樺 桧檜 桨槳 桩樁 梁樑 梦夢 检檢 棂欞 棱稜 椁槨 椟櫝 椠槧 椤欏 椭橢 楼樓 榄欖 榇櫬 榈櫚 榉櫸 槛檻 槟檳 槠櫧 横橫 樯檣
    樱櫻 橥櫫 橱櫥 橹櫓 橼櫞 檐簷 檩檁 欢歡 欤歟 欧歐 欲慾 歼殲 殁歿 殇殤 残殘 殒殞 殓殮 殚殫 殡殯 殴毆 毁毀燬譭 毂轂 毕畢 毙斃 毡氈 毵毿 氇氌 气氣 氢氫 氩氬 氲氳 汇匯彙 汉漢 污汙 汤湯 汹洶
    沈瀋 沟溝 没沒 沣灃 沤漚 沥瀝 沦淪 沧滄 沩潙溈 沪滬 沾霑 泄洩 泛氾汎 泞濘 注註 泪淚 泶澩 泷瀧 泸瀘 泺濼 泻瀉 泼潑 泽澤 泾涇 洁潔 洒灑 洼窪 浃浹 浅淺 浆漿 浇澆 浈湞 浊濁 测測 浍澮 济濟 浏瀏
    浑渾 浒滸 浓濃 浔潯 涂塗 涌湧 涛濤 涝澇 涞淶 涟漣 涠潿 涡渦 涣渙 涤滌 润潤 涧澗 涨漲 涩澀 淀澱 渊淵 渌淥 渍漬 渎瀆 渐漸 渑澠 渔漁 渖瀋 渗滲 温溫 游遊 湾灣 湿溼濕 溃潰 溅濺 溆漵 滗潷 滚滾
    滞滯 滟灩灧 滠灄 满滿 滢瀅 滤濾 滥濫 滦灤 滨濱 滩灘 漓灕 潆瀠 潇瀟 潋瀲 潍濰 潜潛 潴瀦 澜瀾 濑瀨 濒瀕 灏灝 灭滅 灯燈 灵靈 灶竈 灾災 灿燦 炀煬 炉爐 炖燉 炜煒 炝熗 点點 炼煉鍊 炽熾 烁爍 烂爛
    烃烴 烛燭 烟煙菸 烦煩 烧燒 烨燁 烩燴 烫燙 烬燼 热熱 焕煥 焖燜 焘燾 熏燻 爱愛 爷爺 牍牘 牦犛 牵牽 牺犧 犊犢 状狀 犷獷 犸獁 犹猶 狈狽 狞獰 独獨 狭狹 狮獅 狯獪 狰猙 狱獄 狲猻 猃獫 猎獵 猕獼
    猡玀 猪豬 猫貓 猬蝟 献獻 獭獺 玑璣 玛瑪 玩翫 玮瑋 环環 现現 玺璽 珐琺 珑瓏 珲琿 琏璉 琐瑣 琼瓊 瑶瑤 瑷璦 璇璿 璎瓔 瓒瓚 瓮甕 瓯甌 电電 画畫 畅暢 畴疇 疖癤 疗療 疟瘧 疠癘 疡瘍 疬癧 疮瘡
    疯瘋 疱皰 疴痾 症癥 痈癰 痉痙 痒癢 痖瘂 痨癆 痪瘓 痫癇 痴癡 痹痺 瘅癉 瘗瘞 瘘瘻 瘪癟 瘫癱 瘾癮 瘿癭 癞癩 癣癬 癫癲 皂皁 皑皚 皱皺 皲皸 盏盞 盐鹽 监監 盖蓋 盗盜 盘盤 眍瞘 眦眥 着著 睁睜
    睐睞 睑瞼 睾睪 瞒瞞 瞩矚 矩榘 矫矯 矶磯 矾礬 矿礦 砀碭 码碼 砖磚 砗硨 砚硯 砜碸 砺礪 砻礱 砾礫 础礎 硕碩 硖硤 硗磽 确確 硷礆 碍礙 碛磧 碜磣 碱鹼 礼禮 祢禰 祯禎 祷禱 祸禍 禀稟 禄祿 禅禪
    离離 私俬 秃禿 秆稈 秋鞦 种種 秘祕 积積 称稱 秽穢 稆穭 税稅 稣穌 稳穩 穑穡 穷窮 窃竊 窍竅 窑窯 窜竄 窝窩 窥窺 窦竇 窭窶 竖豎 竞競 笃篤 笋筍 笔筆 笕筧 笺箋 笼籠 笾籩 筑築 筚篳 筛篩 筝箏
    筹籌 签籤簽 简簡 箦簀 箧篋 箨籜 箩籮 箪簞 箫簫 篑簣 篓簍 篮籃 篱籬 簖籪 籁籟 籴糴 类類 籼秈 粜糶 粝糲 粤粵 粪糞 粮糧 粽糉糭 糁糝 糇餱 糍餈 系係繫 紧緊 絷縶 纟糹 纠糾 纡紆 红紅 纣紂 纤纖縴
    纥紇 约約 级級 纨紈 纩纊 纪紀 纫紉 纬緯 纭紜 纯純 纰紕 纱紗 纲綱 纳納 纵縱 纶綸 纷紛 纸紙 纹紋 纺紡 纽紐 纾紓 线線 绀紺 绁紲 绂紱 练練 组組 绅紳 细細 织織 终終 绉縐 绊絆 绋紼 绌絀 绍紹
    绎繹 经經 绐紿 绑綁 绒絨 结結 绔絝 绕繞 绗絎 绘繪 给給 绚絢 绛絳 络絡 绝絕 绞絞 统統 绠綆 绡綃 绢絹 绣繡 绥綏 绦絛 继繼 绨綈 绩績 绪緒 绫綾 续續 绮綺 绯緋 绰綽 绱鞝緔 绲緄 绳繩 维維 绵綿
    绶綬 绷繃綳 绸綢 绺綹 绻綣 综綜 绽綻 绾綰 绿綠 缀綴 缁緇 缂緙 缃緗 缄緘 缅緬 缆纜 缇緹 缈緲 缉緝 缋繢 缌緦 缍綞 缎緞 缏緶 缑緱 缒縋 缓緩 缔締 缕縷 编編 缗緡 缘緣 缙縉 缚縛 缛縟 缜縝 缝縫
    缟縞 缠纏 缡縭 缢縊 缣縑 缤繽 缥縹 缦縵 缧縲 缨纓 缩縮 缪繆 缫繅 缬纈 缭繚 缮繕 缯繒 缰繮韁 缱繾 缲繰 缳繯 缴繳 缵纘 罂罌 网網 罗羅 罚罰 罢罷 罴羆 羁羈 羟羥 羡羨 群羣 翘翹 耢耮 耧耬 耸聳
    耻恥 聂聶 聋聾 职職 聍聹 联聯 聩聵 聪聰 肃肅 肠腸 肤膚 肮骯 肴餚 肾腎 肿腫 胀脹 胁脅 胄冑 胆膽 背揹 胜勝 胡鬍衚 胧朧 胨腖 胪臚 胫脛 胶膠 脉脈 脍膾 脏髒臟 脐臍 脑腦 脓膿 脔臠 脚腳 脱脫 脶腡
    脸臉 腊臘 腌醃 腭齶顎 腻膩 腼靦 腽膃 腾騰 膑臏 膻羶 致緻 舆輿 舍捨 舣艤 舰艦 舱艙 舻艫 艰艱 艳豔艷 艺藝 节節 芈羋 芗薌 芜蕪 芦蘆 芸蕓 苁蓯 苇葦 苈藶 苋莧 苌萇 苍蒼 苎苧 苏蘇甦囌 苔薹 苹蘋
    范範 茎莖 茏蘢 茑蔦 茔塋 茕煢 茧繭 荆荊 荐薦 荚莢 荛蕘 荜蓽 荞蕎 荟薈 荠薺 荡蕩盪 荣榮 荤葷 荥滎 荦犖 荧熒 荨蕁 荩藎 荪蓀 荫蔭廕 荬蕒 荭葒 荮葤 药藥葯 莅蒞 莱萊 莲蓮 莳蒔 莴萵 莶薟 获獲穫
    莸蕕 莹瑩 莺鶯 莼蓴 菸煙 萝蘿 萤螢 营營 萦縈 萧蕭 萨薩 葱蔥 蒇蕆 蒉蕢 蒋蔣 蒌蔞 蒙矇濛懞 蓝藍 蓟薊 蓠蘺 蓣蕷 蓥鎣 蓦驀 蔑衊 蔷薔 蔹蘞 蔺藺 蔼藹 蕲蘄 蕴蘊藴 薮藪 藓蘚 蘖櫱 虏虜 虑慮 虚虛
    虫蟲 虬虯 虮蟣 虱蝨 虽雖 虾蝦 虿蠆 蚀蝕 蚁蟻 蚂螞 蚕蠶 蚝蠔 蚬蜆 蛊蠱 蛎蠣 蛏蟶 蛮蠻 蛰蟄 蛱蛺 蛲蟯 蛳螄 蛴蠐 蜕蛻 蜗蝸 蜡蠟 蝇蠅 蝈蟈 蝉蟬 蝎蠍 蝼螻 蝾蠑 螨蟎 衅釁 衔銜 补補 表錶 衬襯
    衮袞 袄襖 袅嫋裊 袜襪 袭襲 装裝 裆襠 裢褳 裣襝 裤褲 裥襉襇 褛褸 褴襤 见見 观觀 规規 觅覓 视視 觇覘 览覽 觉覺 觊覬 觋覡 觌覿 觎覦 觏覯 觐覲 觑覷 觞觴 触觸 觯觶 誉譽 誊謄 讠訁 计計 订訂 讣訃
    认認 讥譏 讦訐 讧訌 讨討 让讓 讪訕 讫訖 训訓 议議 讯訊 记記 讲講 讳諱 讴謳 讵詎 讶訝 讷訥 许許 讹訛 论論 讼訟 讽諷 设設 访訪 诀訣 证證証 诂詁 诃訶 评評 诅詛 识識 诈詐 诉訴 诊診 诋詆 诌謅
    词詞 诎詘 诏詔 译譯 诒詒 诓誆 诔誄 试試 诖詿 诗詩 诘詰 诙詼 诚誠 诛誅 诜詵 话話 诞誕 诟詬 诠詮 诡詭 询詢 诣詣 诤諍 该該 详詳 诧詫 诨諢 诩詡 诫誡 诬誣 语語 诮誚 误誤 诰誥 诱誘 诲誨 诳誑
    说說説 诵誦 诶誒 请請 诸諸 诹諏 诺諾 读讀 诼諑 诽誹 课課 诿諉 谀諛 谁誰 谂諗 调調 谄諂 谅諒 谆諄 谇誶 谈談 谊誼 谋謀 谌諶 谍諜 谎謊 谏諫 谐諧 谑謔 谒謁 谓謂 谔諤 谕諭 谖諼 谗讒 谘諮 谙諳
    谚諺 谛諦 谜謎 谝諞 谟謨 谠讜 谡謖 谢謝 谣謠 谤謗 谥諡謚 谦謙 谧謐 谨謹 谩謾 谪謫 谫譾 谬謬 谭譚 谮譖 谯譙 谰讕 谱譜 谲譎 谳讞 谴譴 谵譫 谶讖 谷穀 贝貝 贞貞 负負 贡貢 财財 责責 贤賢 败敗
    账賬 货貨 质質 贩販 贪貪 贫貧 贬貶 购購 贮貯 贯貫 贰貳 贱賤 贲賁 贳貰 贴貼 贵貴 贶貺 贷貸 贸貿 费費 贺賀 贻貽 贼賊 贽贄 贾賈 贿賄 赀貲 赁賃 赂賂 赃贓 资資 赅賅 赆贐 赇賕 赈賑 赉賚 赊賒
    赋賦 赌賭 赍齎 赎贖 赏賞 赐賜 赓賡 赔賠 赕賧 赖賴 赘贅 赙賻 赚賺 赛賽 赜賾 赝贗贋 赞贊讚 赠贈 赡贍 赢贏 赣贛 赵趙 赶趕 趋趨 趱趲 趸躉 跃躍 跄蹌 跖蹠 跞躒 践踐 跷蹺 跸蹕 跹躚 跻躋 踊踴 踌躊
    踪蹤 踬躓 踯躑 蹑躡 蹒蹣 蹰躕 蹿躥 躏躪 躜躦 躯軀 车車 轧軋 轨軌 轩軒 轫軔 转轉 轭軛 轮輪 软軟 轰轟 轱軲 轲軻 轳轤 轴軸 轵軹 轶軼 轷軤 轸軫 轹轢 轺軺 轻輕 轼軾 载載 轾輊 轿轎 辁輇 辂輅
    较較 辄輒 辅輔 辆輛 辇輦 辈輩 辉輝 辊輥 辋輞 辍輟 辎輜 辏輳 辐輻 辑輯 输輸 辔轡 辕轅 辖轄 辗輾 辘轆 辙轍 辚轔 辞辭 辟闢 辩辯 辫辮 边邊 辽遼 达達 迁遷 过過 迈邁 运運 还還 这這 进進 远遠
    违違 连連 迟遲 迩邇 迳逕 迹跡蹟 适適 选選 逊遜 递遞 逦邐 逻邏 遗遺 遥遙 邓鄧 邝鄺 邬鄔 邮郵 邹鄒 邺鄴 邻鄰 郁鬱 郏郟 郐鄶 郑鄭 郓鄆 郦酈 郧鄖 郸鄲 酝醞醖 酱醬 酸痠 酽釅 酾釃 酿釀 采採寀
    释釋 里裏裡 鉴鑑鑒 銮鑾 錾鏨 钅釒 钆釓 钇釔 针針鍼 钉釘 钊釗 钋釙 钌釕 钍釷 钎釺 钏釧 钐釤 钒釩 钓釣 钔鍆 钕釹 钗釵 钙鈣 钚鈈 钛鈦 钜鉅 钝鈍 钞鈔 钟鍾鐘鈡 钠鈉 钡鋇 钢鋼 钣鈑 钤鈐 钥鑰鈅
    钦欽 钧鈞 钨鎢 钩鉤鈎 钪鈧 钫鈁鍅 钬鈥 钭鈄 钮鈕 钯鈀 钰鈺 钱錢 钲鉦 钳鉗 钴鈷 钵鉢缽 钶鈳 钷鉕 钸鈽 钹鈸 钺鉞 钻鑽鉆 钼鉬 钽鉭 钾鉀 钿鈿 铀鈾 铁鐵 铂鉑 铃鈴 铄鑠 铅鉛 铆鉚 铈鈰 铉鉉 铊鉈
    铋鉍 铌鈮 铍鈹 铎鐸 铐銬 铑銠 铒鉺 铕銪 铖鋮 铗鋏 铘鋣 铙鐃 铛鐺 铜銅 铝鋁 铞銱 铟銦 铠鎧 铡鍘 铢銖 铣銑 铤鋌 铥銩 铧鏵 铨銓 铩鎩 铪鉿 铫銚 铬鉻 铭銘 铮錚 铯銫 铰鉸 铱銥 铲鏟剷 铳銃 铴鐋
    铵銨 银銀 铷銣 铸鑄 铹鐒 铺鋪 铼錸 铽鋱 链鏈鍊 铿鏗 销銷 锁鎖 锂鋰 锃鋥 锄鋤 锅鍋 锆鋯 锇鋨 锈鏽 锉銼 锊鋝 锋鋒 锌鋅 锍鋶 锎鐦 锏鐧 锐銳鋭 锑銻 锒鋃 锓鋟 锔鋦 锕錒 锖錆 锗鍺 锘鍩 错錯 锚錨
    锛錛 锝鍀 锞錁 锟錕 锡錫 锢錮 锣鑼 锤錘 锥錐 锦錦 锨鍁 锩錈 锪鍃 锫錇鉳 锬錟 锭錠 键鍵 锯鋸 锰錳 锱錙 锲鍥 锴鍇 锵鏘 锶鍶 锷鍔 锸鍤 锹鍬 锺鍾 锻鍛 锼鎪 锾鍰 锿鎄 镀鍍 镁鎂 镂鏤 镄鐨 镅鎇
    镆鏌 镇鎮 镉鎘 镊鑷 镌鐫 镍鎳 镎鎿錼 镏鎦 镐鎬 镑鎊 镒鎰 镓鎵 镔鑌 镖鏢 镗鏜 镘鏝 镙鏍 镛鏞 镜鏡 镝鏑 镞鏃 镟鏇 镡鐔 镢钁鐝 镣鐐 镤鏷 镥鑥 镦鐓 镧鑭 镨鐠 镩鑹 镪鏹 镫鐙 镬鑊 镭鐳 镯鐲
    镰鐮鎌 镱鐿 镲鑔 镳鑣 镶鑲 长長 门門 闩閂 闪閃 闫閆 闭閉 问問 闯闖 闰閏 闱闈 闲閒閑 闳閎 间間 闵閔 闶閌 闷悶 闸閘 闹鬧 闺閨 闻聞 闼闥 闽閩 闾閭 阀閥 阁閣 阂閡 阃閫 阄鬮 阅閱閲 阆閬 阈閾
    阉閹 阊閶 阋鬩 阌閿 阍閽 阎閻 阏閼 阐闡 阑闌 阒闃 阔闊 阕闋 阖闔 阗闐 阙闕 阚闞 队隊 阳陽 阴陰 阵陣 阶階 际際 陆陸 陇隴 陈陳 陉陘 陕陝 陧隉 陨隕 险險 随隨 隐隱 隶隸 隽雋 难難 雇僱 雏雛
    雕鵰 雠讎 雳靂 雾霧 霁霽 霉黴 霭靄 靓靚 静靜 面麪麵 靥靨 鞑韃 鞒鞽 鞯韉 鞲韝 韦韋 韧韌 韩韓 韪韙 韫韞 韬韜 韵韻 页頁 顶頂 顷頃 顸頇 项項 顺順 须須鬚 顼頊 顽頑 顾顧 顿頓 颀頎 颁頒 颂頌 颃頏
    预預 颅顱 领領 颇頗 颈頸 颉頡 颊頰 颌頜 颍潁 颏頦 颐頤 频頻 颓頹 颔頷 颖穎 颗顆 题題 颚顎 颛顓 颜顏 额額 颞顳 颟顢 颠顛 颡顙 颢顥 颤顫 颥顬 颦顰 颧顴 风風 飑颮 飒颯 飓颶 飕颼 飘飄 飙飆
    飚飈 飞飛 飨饗 餍饜 饣飠 饥飢饑 饧餳 饨飩 饩餼 饪飪 饫飫 饬飭 饭飯 饮飲 饯餞 饰飾 饱飽 饲飼 饴飴 饵餌 饶饒 饷餉 饺餃 饼餅 饽餑 饿餓 馀餘 馁餒 馄餛 馅餡 馆館 馇餷 馈饋 馊餿 馋饞 馍饃 馏餾
    馐饈 馑饉 馒饅 馓饊 馔饌 馕饢 马馬 驭馭 驮馱 驯馴 驰馳 驱驅 驳駁 驴驢 驵駔 驶駛 驷駟 驸駙 驹駒 驺騶 驻駐 驼駝 驽駑 驾駕 驿驛 骀駘 骁驍 骂罵 骄驕 骅驊 骆駱 骇駭 骈駢 骊驪 骋騁 验驗 骏駿
    骐騏 骑騎 骒騍 骓騅 骖驂 骗騙 骘騭 骚騷 骛騖 骜驁 骝騮 骞騫 骟騸 骠驃 骡騾 骢驄 骣驏 骤驟 骥驥 骧驤 髅髏 髋髖 髌髕 鬓鬢 魇魘 魉魎 鱼魚 鱿魷 鲁魯 鲂魴 鲅鮁 鲆鮃 鲇鮎鯰 鲈鱸 鲋鮒 鲍鮑 鲎鱟
    鲐鮐 鲑鮭 鲒鮚 鲔鮪 鲕鮞 鲚鱭 鲛鮫 鲜鮮 鲞鯗 鲟鱘 鲠鯁 鲡鱺 鲢鰱 鲣鰹 鲤鯉 鲥鰣 鲦鰷 鲧鯀 鲨鯊 鲩鯇 鲫鯽 鲭鯖 鲮鯪 鲰鯫 鲱鯡 鲲鯤 鲳鯧 鲴鯝 鲵鯢 鲶鯰 鲷鯛 鲸鯨 鲺鯴 鲻鯔 鲼鱝 鲽鰈 鳃鰓
    鳄鱷 鳅鰍 鳆鰒 鳇鰉 鳊鯿 鳋鰠 鳌鰲 鳍鰭 鳎鰨 鳏鰥 鳐鰩 鳓鰳 鳔鰾 鳕鱈 鳖鱉 鳗鰻 鳘鰵 鳙鱅 鳜鱖 鳝鱔 鳞鱗 鳟鱒 鳢鱧 鸟鳥 鸠鳩 鸡雞 鸢鳶 鸣鳴 鸥鷗 鸦鴉 鸨鴇 鸩鴆 鸪鴣 鸫鶇 鸬鸕 鸭鴨 鸯鴦
    鸱鴟 鸲鴝 鸳鴛 鸵鴕 鸶鷥 鸷鷙 鸸鴯 鸹鴰 鸺鵂 鸽鴿 鸾鸞 鸿鴻 鹁鵓 鹂鸝 鹃鵑 鹄鵠 鹅鵝 鹆鵒 鹇鷳鷴 鹈鵜 鹉鵡 鹊鵲 鹋鶓 鹌鵪 鹎鵯 鹏鵬 鹑鶉 鹕鶘 鹗鶚 鹘鶻 鹚鷀 鹛鶥 鹜鶩 鹞鷂 鹣鶼 鹤鶴 鹦鸚
    鹧鷓 鹨鷚 鹩鷯 鹪鷦 鹫鷲 鹬鷸 鹭鷺 鹰鷹 鹱鸌 鹳鸛 鹾鹺 麦麥 麸麩 麽麼 黄黃 黉黌 黩黷 黪黲 黾黽 鼋黿 鼍鼉 鼹鼴 齐齊 齑齏 齿齒 龀齔 龃齟 龄齡 龅齙 龆齠 龇齜 龈齦 龉齬 龊齪 龋齲 龌齷 龙龍
    龚龔 龛龕 龟龜
""".split()  # noqa: SIM905 (a list of words reads best as words)
FORMS = {group[0]: group for group in VARIANTS}
# Characters of a text, from its beginning, by which its script is decided.
SAMPLE = 20_000


def is_traditional(text: str) -> bool:
    """Whether a Chinese text has more characters that only traditional texts have than such of simplified texts."""
    traditional, simplified = _list_distinct_characters()
    counts = Counter(text[:SAMPLE])
    return sum(counts[c] for c in counts.keys() & traditional) > sum(counts[c] for c in counts.keys() & simplified)


@cache
def _list_distinct_characters() -> tuple[frozenset[str], frozenset[str]]:
    """The characters that only traditional texts have, and those that only simplified texts have."""
    traditional = {form for group in VARIANTS for form in group[1:] if not _can_encode(form, "gb2312")}
    return frozenset(traditional), frozenset(each for each in FORMS if not _can_encode(each, "big5"))


def _can_encode(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def add_variants(pattern: str) -> str:
    """A regular expression that also matches what the given one matches, written in traditional characters."""
    return "".join(_extend_characters(pattern))


def _extend_characters(pattern: str) -> Iterator[str]:
    is_in_set = is_escaped = False
    for character in pattern:
        forms = FORMS.get(character, character)
        yield forms if is_in_set or len(forms) == 1 else f"[{forms}]"
        if not is_escaped and character in "[]":
            is_in_set = character == "["
        is_escaped = character == "\\" and not is_escaped


def make_traditional(lexicon: Lexicon) -> Lexicon:
    """The lexicon for the same language in traditional characters, beside simplified ones."""
    traditional: Lexicon = _convert(lexicon)
    return traditional


def _convert(value: Any) -> Any:
    """A value of a lexicon with each pattern and word in it for both scripts."""
    match value:
        case re.Pattern():
            return re.compile(add_variants(value.pattern), value.flags)
        case str():
            return add_variants(value)
        case tuple():
            return tuple(map(_convert, value))
        case dict():
            return {form: _convert(content) for word, content in value.items() for form in _list_forms(word)}
        case _ if is_dataclass(value) and not isinstance(value, type):
            content = vars(value) | vars(value)["written"]  # to read a pattern would compile it
            return replace(value, **{each.name: _convert(content[each.name]) for each in fields(value)})
    return value


def _list_forms(word: str) -> Iterator[str]:
    """A word in simplified characters, then in all ways to write it."""
    return map("".join, product(*(FORMS.get(character, character) for character in word)))
