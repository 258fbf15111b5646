"""Conditions and templates that take for ever or grow without end, saved by who may, evaluated for all."""

from tests.attack.attacks import attack
from tests.attack.ledger import EITHER, Ledger
from tests.attack.planting import conditions, rules
from tests.attack.target import Target
from tests.hunts import size

LONG = size(100, whole=19_000)
LETTERS = "a" * LONG


@attack("expressions", "repetitions of repetitions", EITHER, within=5, limit=240)
async def repetitions(target: Target, ledger: Ledger) -> None:
    patterns = ["(a{1,100}){1,100}b", "((a{1,30}){1,30}){1,30}b", "(a?){1000}a{1000}b"]
    await conditions(target, ledger, (f'deal.notes.matches("{pattern}")' for pattern in patterns), LETTERS)


@attack("expressions", "alternatives that overlap", EITHER, within=5, limit=240)
async def alternatives(target: Target, ledger: Ledger) -> None:
    patterns = ["^(a|aa)+$b", "(a|a)*b", "(.*a){25}b", "(.*)(.*)(.*)(.*)(.*)b", "^(a+)+$"]
    await conditions(target, ledger, (f'deal.notes.matches("{pattern}")' for pattern in patterns), LETTERS + "!")


@attack("expressions", "five searches in one condition", EITHER, within=5, limit=240)
async def five(target: Target, ledger: Ledger) -> None:
    one = 'deal.notes.matches("(a{1,50}){1,50}b")'
    await conditions(target, ledger, [" || ".join([one] * 5)], LETTERS)


@attack("expressions", "an alternative of a thousand words", EITHER, within=5, limit=240)
async def word_list(target: Target, ledger: Ledger) -> None:
    words = "|".join("a" * (number % 90) + f"x{number}" for number in range(size(20, whole=150)))
    await conditions(target, ledger, [f'deal.notes.matches("({words})+$")'], LETTERS)


@attack("expressions", "loops in loops", EITHER, within=5, limit=240)
async def loops(target: Target, ledger: Ledger) -> None:
    ten = "[" + ",".join("0123456789") + "]"
    for macro in ("all", "exists"):
        held = "true" if macro == "all" else "false"
        texts = []
        for depth in (3, size(3, whole=5), size(3, whole=8)):
            inner = held
            for level in range(depth):
                inner = f"{ten}.{macro}(v{level}, {inner})"
            texts.append(inner)
        await conditions(target, ledger, texts, "x")


@attack("expressions", "lists and texts that grow in loops", EITHER, within=5, limit=240)
async def growth(target: Target, ledger: Ledger) -> None:
    ten = "[1,2,3,4,5,6,7,8,9,10]"
    texts = [
        f"size({ten}.map(a, {ten}.map(b, {ten}.map(c, {ten}.map(d, deal.notes))))) > 0",
        f"{ten}.map(a, {ten}.map(b, deal.notes + deal.notes)).size() > 0",
        f"{ten}.filter(a, {ten}.exists(b, deal.notes.contains(deal.nextStep + 'b'))).size() > 0",
    ]
    await conditions(target, ledger, texts, LETTERS)


@attack("expressions", "texts added to themselves", EITHER, within=5, limit=240)
async def doubled(target: Target, ledger: Ledger) -> None:
    added = " + ".join(["deal.notes"] * size(10, whole=150))
    await conditions(target, ledger, [f"size({added}) > 0", f'({added}).matches("(a+)+b")'], LETTERS)


@attack("expressions", "brackets and choices, deeply nested", EITHER, within=5, limit=240)
async def nested(target: Target, ledger: Ledger) -> None:
    depth = size(20, whole=400)
    texts = ["(" * depth + "true" + ")" * depth, "!" * depth + "true", "[" * depth + "1" + "]" * depth + " != []"]
    texts += ["true ? " * depth + "true" + " : false" * depth, " && ".join(["true"] * depth), "-" * depth + "1 < 0"]
    texts += ["{1:" * 60 + "[{[[" + "!" * 40]  # dense brackets that no grammar likes
    await conditions(target, ledger, texts, "x", times=1)


@attack("expressions", "conditions of a megabyte", EITHER, within=5, limit=240)
async def long_conditions(target: Target, ledger: Ledger) -> None:
    size_of_it = size(2_000, whole=400_000)
    texts = ["1 + " * (size_of_it // 4) + "1 > 0", '"' + "a" * size_of_it + '" == deal.notes']
    await conditions(target, ledger, texts, "x", times=1)


@attack("expressions", "conditions of guidance rules", EITHER, within=5, limit=240)
async def rule_conditions(target: Target, ledger: Ledger) -> None:
    texts = ['deal.notes.matches("(a{1,100}){1,100}b")', 'deal.name.matches("^(([A-z])+.)+[A-Z]([a-z])+$")']
    texts += ["[1,2,3].all(a, [1,2,3].all(b, true))", " + ".join(["deal.notes"] * 100) + ' != ""']
    await rules(target, ledger, [{"condition": text} for text in texts])


@attack("expressions", "templates that grow", EITHER, within=5, limit=240)
async def templates(target: Target, ledger: Ledger) -> None:
    texts = [
        "{{ deal.name|center(1000000000) }}",
        '{{ "%0999999999d"|format(1) }}',
        '{{ deal.name|replace("", deal.notes)|replace("", deal.notes) }}',
        "{{ deal.name|indent(100000000) }}",
        "{{ deal.name|wordwrap(1)|wordwrap(1) }}",
        '{{ "a" * 1000000000 }}',
        "{{ [1]|batch(100000000, 0)|list|length }}",
        "{{ range(100000000)|list|length }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ deal.name|urlize|tojson|string|upper|reverse|join(deal.notes) }}",
        "{% set a = deal.name %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "{{ deal" + ".name" * 5_000 + " }}",
        "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
        "{{ deal.name" + "|upper" * 2_000 + " }}",
    ]
    await rules(target, ledger, [{name: text} for text in texts for name in ("title", "rationale")], times=1)
