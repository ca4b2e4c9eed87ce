from __future__ import annotations

import pytest

from extract.languages import FREQUENT, LANGUAGE_OF_SCRIPT, NAMES, SCRIPTS, detect_language
from extract.plan import Problem
from extract.reader import Overrides, read_plan

# The beginning of a plan in each language, in our own words.
PLANS = {
    "fr": "Plan pour les ports. Le ministère des Transports construit une digue et répare le quai avec la ville.",
    "de": "Plan für die Häfen. Das Ministerium baut einen Damm und repariert die Mole mit der Stadt bis zum Sommer.",
    "es": "Plan de los puertos. El ministerio construye un dique y repara el muelle con la ciudad para las barcas.",
    "pt": "Plano dos portos. O ministério constrói um dique e repara o cais com a cidade para os barcos, que não param.",
    "it": "Piano dei porti. Il ministero costruisce una diga e ripara il molo con la città per le barche della costa.",
    "nl": "Plan voor de havens. Het ministerie bouwt een dam en herstelt de kade met de stad, ook voor het vervoer.",
    "sv": "Plan för hamnarna. Departementet bygger en damm och lagar kajen med staden, som är en del av kusten.",
    "pl": "Plan dla portów. Ministerstwo buduje tamę oraz naprawia nabrzeże, które jest w mieście, na wiosnę.",
    "cs": "Plán pro přístavy. Ministerstvo staví hráz, která se opraví ve městě, a nábřeží, jako je to na jihu.",
    "hu": "A kikötők terve. A minisztérium gátat épít, és meg kell javítania a rakpartot, hogy a város ne áradjon el.",
    "ro": "Planul pentru porturi. Ministerul construiește un dig și repară cheiul cu orașul, care este la mare.",
    "tr": "Limanlar için plan. Bakanlık bir set ve rıhtım yapar; bu plan şehir ile birlikte daha çok gemi için.",
    "vi": "Kế hoạch cho các cảng. Bộ xây dựng một con đê và sửa bến với thành phố trong năm này, không để chậm.",
    "id": "Rencana untuk pelabuhan. Kementerian membangun tanggul dan memperbaiki dermaga dengan kota pada tahun ini.",
    "fi": "Satamien suunnitelma. Ministeriö rakentaa padon ja korjaa laiturin, joka on kaupungissa, sekä myös sataman.",
    "ru": "План для портов. Министерство строит дамбу и чинит причал, что на севере, в этом году.",
    "uk": "План для портів. Міністерство будує дамбу та лагодить причал, що на півночі, у цьому році.",
    "ja": "港湾の計画。省は堤防を建設し、岸壁を修理する。",
    "ko": "항구 계획. 부처는 제방을 건설하고 부두를 수리한다.",
    "el": "Σχέδιο για τα λιμάνια. Το υπουργείο χτίζει φράγμα.",
    "th": "แผนสำหรับท่าเรือ กระทรวงสร้างเขื่อน",
    "und": "Աա ⰀⰁⰂ ⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒ",
}


@pytest.mark.parametrize("language", [code for code in PLANS if code != "und"])
def test_a_text_in_another_language_is_said_to_be_so_and_gives_no_task(language: str) -> None:
    text = f"{PLANS[language]}\n1. {PLANS[language]}\n2. {PLANS[language]}"
    assert detect_language(PLANS[language]) == language
    plan = read_plan(text.encode(), "text/plain", "")
    assert plan.article.language == language
    message = f"the language ({language}) is not one that is read: {NAMES[language]}; English and Chinese are"
    assert Problem(message, 0) in plan.problems
    assert (plan.tasks, plan.areas, plan.claims) == ((), (), ())


def test_the_letters_decide_between_english_and_chinese() -> None:
    texts = {"Build": "en", "建设": "zh", "Build 建设 roads and rails for all": "en", "": "en", "12": "en"}
    assert {text: detect_language(text) for text in texts} == texts


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (PLANS["fr"], "en-US", "fr"),  # what pages declare is often wrong
        ("Build a dam with the town and repair the quay for the boats of all.", "fr", "en"),
        ("建设堤坝，修理码头。", "en", "zh"),
        ("Bau von Deich und Mole", "de-DE", "de"),  # hardly a frequent word
        ("Bau von Deich und Mole", None, "en"),
        ("Road repair\nBridge repair\nNight bus", "fr", "en"),
        ("Kujenga bandari mpya kando ya mto " * 4, "sw", "sw"),
        ("Төлөвлөгөө: далан барина, хөлөг онгоц засна", "mn", "mn"),
        ("Төлөвлөгөө: далан барина, хөлөг онгоц засна", None, "und"),
        ("Build a dam.", "x" * 1000, "en"),
    ],
)
def test_what_a_page_declares_decides_where_the_words_leave_it_open(
    text: str, declared: str | None, language: str
) -> None:
    assert detect_language(text, declared) == language


def test_the_language_of_a_page_is_that_of_its_markup_and_a_setting_overrules_it() -> None:
    page = '<html lang="de"><h1>Bau von Deich und Mole</h1><p>1. Deich bauen</p><p>2. Mole bauen</p>'
    assert read_plan(page.encode(), "text/html", "").article.language == "de"
    assert read_plan(page.encode(), "text/html", "", overrides=Overrides(language="en")).article.language == "en"


def test_every_language_has_a_name() -> None:
    assert set(FREQUENT) - {"en"} <= NAMES.keys()
    assert set(LANGUAGE_OF_SCRIPT.values()) <= NAMES.keys()
    assert LANGUAGE_OF_SCRIPT.keys() <= SCRIPTS.keys()
