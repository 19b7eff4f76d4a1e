"""Lines that are no record, and records that look like none: each is kept or counted under the line it stands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bad_input.shop import HEADER, Shop, lines, plain

BIG = 10_000_000


def test_bytes_of_another_encoding_break_their_line_only(shop: Shop) -> None:
    shop.reads(lines("1,Ada,10", "2,Zo\xe9,20", "3,Cy,30", "4,\xff\xfe,40").encode("latin-1"))
    assert (shop.counts(), plain(shop.rows())) == ((4, 2, 2, 0, 0), ["2:1,Ada,10.00", "4:3,Cy,30.00"])
    assert shop.broken() == [(3, "csv.encoding"), (5, "csv.encoding")]
    assert shop.texts() == {3: "2,Zo\\xe9,20", 5: "4,\\xff\\xfe,40"}


def test_a_nul_byte_breaks_its_line_only(shop: Shop) -> None:
    shop.reads(lines("1,Ada,10", "2,B\0b,20", "3,Cy,30"))
    assert (shop.counts(), plain(shop.rows())) == ((3, 2, 1, 0, 0), ["2:1,Ada,10.00", "4:3,Cy,30.00"])
    assert (shop.broken(), shop.texts()) == ([(3, "csv.nul")], {3: "2,B\\x00b,20"})


@pytest.mark.parametrize(("wrong", "why"), [(b"\xe9", "csv.encoding"), (b"\0", "csv.nul")])
def test_wrong_bytes_in_a_record_over_several_lines_break_the_record(shop: Shop, wrong: bytes, why: str) -> None:
    shop.reads(HEADER.encode() + b'\n1,"a\n9,x' + wrong + b',9\nb",10\n2,Bob,20\n')
    assert (shop.counts(), plain(shop.rows()), shop.broken()) == ((2, 1, 1, 0, 0), ["5:2,Bob,20.00"], [(2, why)])


ANYWHERE, ONLY_QUOTED = ("x", "é"), ('""', "\n", "text over lines\n")


@pytest.mark.parametrize("letter", ANYWHERE)
def test_a_bare_field_of_ten_megabytes_is_accepted(shop: Shop, letter: str) -> None:
    accepts_ten_megabytes(shop, letter, quoted=False)


@pytest.mark.parametrize("letter", [*ANYWHERE, *ONLY_QUOTED])
def test_a_quoted_field_of_ten_megabytes_is_accepted(shop: Shop, letter: str) -> None:
    accepts_ten_megabytes(shop, letter, quoted=True)


def accepts_ten_megabytes(shop: Shop, letter: str, quoted: bool) -> None:
    field = letter * (BIG // len(letter.encode()) // (10 if letter == "\n" else 1))
    if "\n" in letter:
        field = f"a{field}b"
    long = f'2,"{field}",20' if quoted else f"2,{field},20"
    shop.reads(lines("1,Ada,10", long, "3,Cy,30", "", "4,Di,40"))
    further = long.count("\n")
    assert shop.counts() == (4, 4, 0, 0, 0)
    assert [line for line, _id in shop.rows("id")] == [2, 3, 4 + further, 6 + further]
    size = str(len(field.replace('""', '"')))
    assert shop.rows("length(name) AS size")[1] == (3, size)


def test_a_field_of_ten_megabytes_without_a_header(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, "{header: false}")
    shop.reads(f"1,{'x' * BIG},10\n2,Bob,20\n")
    assert (shop.counts(), shop.rows("id")) == ((2, 2, 0, 0, 0), [(1, "1"), (2, "2")])


@pytest.mark.parametrize("ragged", ["2,Bob", "2", "2,Bob,20,x", "2,Bob,20,,x", '2,"Bob, B",20,x', "   ", ";"])
def test_ragged_rows_are_quarantined(shop: Shop, ragged: str) -> None:
    shop.reads(lines("1,Ada,10", ragged, "3,Cy,30"))
    assert (shop.counts(), plain(shop.rows())) == ((3, 2, 1, 0, 0), ["2:1,Ada,10.00", "4:3,Cy,30.00"])
    assert (shop.broken(), shop.texts()) == ([(3, "csv.columns")], {3: ragged})


@pytest.mark.parametrize("other", ["3,Cy,30", "3,Cy", '3,"C\ny",30'])
def test_empty_fields_behind_the_last_column_are_none_however_the_file_is_read(shop: Shop, other: str) -> None:
    shop.reads(lines("1,Ada,10,", '2,"Bob",20,,""', other))
    assert plain(shop.rows())[:2] == ["2:1,Ada,10.00", "3:2,Bob,20.00"]


AFTER = {
    "plain": ["2,Bob,20", "3,Cy,30"],
    "quoted": ['2,"Bob",20', '"3","Cy","30"'],
    "quoted, with delimiters": ['2,"B, o",20', '3,",",30'],
    "empty quoted": ['2,"",20', '3,"",""'],
    "doubled quotes": ['2,"B ""o"" b",20', '3,"""",30'],
    "stray quotes": ['2,B"o"b,20', "3,Cy,30"],
    "blank lines": ["", "2,Bob,20", "", '3,"Cy",30'],
}


@pytest.mark.parametrize("unclosed", ['1,"Ada,10', '1,Ada,"10', '"1,Ada,10', '1,"Ada"","10', '1,Ada,"'])
@pytest.mark.parametrize("after", AFTER.values(), ids=AFTER)
def test_an_unclosed_quote_breaks_its_line_only(shop: Shop, unclosed: str, after: list[str]) -> None:
    shop.reads(lines("0,Zed,0", unclosed, *after).removesuffix("\n"))
    nameless = sum(line.split(",")[1:2] == ['""'] for line in after)
    assert shop.counts() == (4, 3 - nameless, 1 + nameless, 0, 0)
    assert (3, "csv.quote") in shop.broken()
    assert shop.texts() == {3: unclosed}
    places = {line[0] if line[0] != '"' else line[1]: 4 + place for place, line in enumerate(after) if line}
    found = {*shop.rows("id"), *((line, id_) for line, id_ in _positions(shop))}
    assert {(place, id_) for id_, place in places.items()} <= found


def _positions(shop: Shop) -> list[tuple[int, str]]:
    return [(int(line), id_) for line, id_ in shop.quarantine("sales", "_line, id") if id_]


@pytest.mark.parametrize("where", ["first", "middle", "last", "only"])
def test_an_unclosed_quote_anywhere(shop: Shop, where: str) -> None:
    rows = [] if where == "only" else [f"{number},N{number},{number}" for number in range(1, 1001)]
    at = {"first": 0, "middle": 500, "last": len(rows), "only": 0}[where]
    rows.insert(at, '0,"oops,1')
    shop.reads(lines(*rows))
    assert shop.counts() == (len(rows), len(rows) - 1, 1, 0, 0)
    assert shop.broken() == [(at + 2, "csv.quote")]
    assert [line for line, _id in shop.rows("id")] == [line for line in range(2, len(rows) + 2) if line != at + 2]


def test_many_unclosed_quotes(shop: Shop) -> None:
    rows = [f'{number},"oops,1' if number % 3 == 0 else f'{number},"N",{number}' for number in range(1, 3001)]
    shop.reads(lines(*rows))
    assert shop.counts() == (3000, 2000, 1000, 0, 0)
    assert shop.broken() == [(number + 1, "csv.quote") for number in range(3, 3001, 3)]


@pytest.mark.parametrize(
    "junk", ['2,"Bob"x,20', '2,"Bob" "B",20', '2,"Bob"  "B",20', '2,"Bob""," x",20', '2,"Bob"\t,20']
)
@pytest.mark.parametrize("other", ["3,Cy,30", '3,"Cy",30'])
def test_junk_after_a_closing_quote(shop: Shop, junk: str, other: str) -> None:
    shop.reads(lines('1,"Ada",10', junk, other))
    assert (shop.counts(), plain(shop.rows())) == ((3, 2, 1, 0, 0), ["2:1,Ada,10.00", "4:3,Cy,30.00"])
    assert (shop.broken(), shop.texts()) == ([(3, "csv.quote")], {3: junk})


@pytest.mark.parametrize("ragged", [[], ["9,x"]])
def test_quotes_within_a_field_and_blanks_around_one(shop: Shop, ragged: list[str]) -> None:
    """The same values whether the engine's reader or, because of a ragged row, our splitter reads the file."""
    rows = ['1,19" rack,1', '2, "B, b" ,2', '3,"say ""hi""",3', '4,"  C  ",4', "5, D ,5", '6,  "E",6', '7,"""",7']
    shop.reads(lines(*rows, *ragged))
    names = ['19" rack', "B, b", 'say "hi"', "C", "D", '"E"', '"']
    assert shop.rows("name") == [(line, name) for line, name in enumerate(names, 2)]
    assert shop.counts() == (7 + len(ragged), 7, len(ragged), 0, 0)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_embedded_line_ends_are_accepted_and_later_lines_are_right(shop: Shop, end: str) -> None:
    shop.reads(lines('1,"A\nd\na",10', "2,Bob,20", '"3","C\r\ny","30"', '4,"\n",40', "5,Eve", '6,"F",60', end=end))
    assert (shop.counts(), shop.broken()) == ((6, 4, 2, 0, 0), [(8, "name.required"), (10, "csv.columns")])
    assert [(line, name) for line, name in shop.rows("name")] == [(2, "A\nd\na"), (5, "Bob"), (6, "C\r\ny"), (11, "F")]


def test_a_sentence_with_commas_in_a_field_is_no_record(tmp_path: Path) -> None:
    properties = """
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: amount, logicalType: integer}
      - {name: note, logicalType: string}
"""
    shop = Shop.open(tmp_path, properties=properties)
    shop.reads('id,amount,note\n1,1,"Dear Ada,\nHello, my name, is Bob\nBye"\n2,2,x\n')
    assert (shop.counts(), [line for line, _id in shop.rows("id")]) == ((2, 2, 0, 0, 0), [2, 5])


def test_lines_in_a_field_that_look_like_records_are_neither_taken_for_rows_nor_swallowed(tmp_path: Path) -> None:
    """Nobody can tell a text that holds records from two stray quotes: every line of it waits for a person."""
    shop = Shop.open(tmp_path)
    shop.reads(lines('1,Ada,"10', "2,Bob,20", "3,Cy,30", '4,Di,40"', "5,Eve,50"))
    assert (shop.counts(), plain(shop.rows())) == ((5, 1, 4, 0, 0), ["6:5,Eve,50.00"])
    assert shop.broken() == [(line, "csv.quote") for line in (2, 3, 4, 5)]


def test_a_record_over_several_lines_with_too_many_fields(shop: Shop) -> None:
    shop.reads(lines('1,"A\nd",10,x', "2,Bob,20"))
    assert (shop.counts(), plain(shop.rows())) == ((2, 1, 1, 0, 0), ["4:2,Bob,20.00"])
    assert (shop.broken(), shop.texts()) == ([(2, "csv.columns")], {2: '1,"A\nd",10,x'})


def test_every_kind_at_once(shop: Shop) -> None:
    text = "\r\n".join(
        [
            HEADER,
            "1,Ada,10",
            "",
            "1,Ada,10",
            '2,"B\no",x',
            "3,Cy",
            '4,"Di,40',
            "1,Ada,11",
            "5,\0,50",
            ",Eve,60",
            "6,\xe9,1",
            "",
        ]
    )
    shop.reads(text.encode("latin-1"))
    assert (shop.counts(), plain(shop.rows())) == ((9, 1, 6, 1, 1), ["9:1,Ada,11.00"])
    assert shop.broken() == [
        (5, "amount.type"), (7, "csv.columns"), (8, "csv.quote"),
        (10, "csv.nul"), (11, "id.required"), (12, "csv.encoding"),
    ]  # fmt: skip


def test_a_hundred_thousand_broken_lines(shop: Shop) -> None:
    shop.reads(lines(*(f"{number},N" if number % 2 else f"{number},N,1" for number in range(60_000))))
    assert shop.counts() == (60_000, 30_000, 30_000, 0, 0)


@pytest.mark.parametrize(
    ("dialect", "content"),
    [
        ("{delimiter: ';', decimal: ','}", 'id;name;amount\n1;"A;d";10,5\n2;B,o;1.5\n'),
        ("{delimiter: '|'}", 'id|name|amount\n1|"A;d"|10.5\n2|B,o|x\n'),
        ('{delimiter: "\\t"}', 'id\tname\tamount\n1\t"A;d"\t10.5\n2\tB,o\tx\n'),
        ('{quote: "\'"}', "id,name,amount\n1,'A;d',10.5\n2,'B,o',x\n"),
        ("{quote: ''}", 'id,name,amount\n1,A;d,10.5\n2,"B,x\n'),
        ("{escape: '\\'}", 'id,name,amount\n1,"A;d",10.5\n2,"B\\",o\\"",x\n'),
    ],
)
@pytest.mark.parametrize("defect", [False, True])
def test_dialects(tmp_path: Path, dialect: str, content: str, defect: bool) -> None:
    shop = Shop.open(tmp_path, dialect)
    shop.reads(content + ("9\n" if defect else ""))
    assert (shop.counts(), plain(shop.rows())) == ((2 + defect, 1, 1 + defect, 0, 0), ["2:1,A;d,10.50"])
    assert shop.broken() == [(3, "amount.type"), *([(4, "csv.columns")] if defect else [])]


@pytest.mark.parametrize("defect", [False, True])
def test_an_escape_that_is_no_quote(tmp_path: Path, defect: bool) -> None:
    shop = Shop.open(tmp_path, "{escape: '\\'}")
    rows = ['1,"say \\"hi\\", you",1', '2,"back\\\\slash",2', "3,a\\b,3"]
    shop.reads(lines(*rows, *(['4,"two\nlines \\"\n",4'] if defect else [])))
    names = [(2, 'say "hi", you'), (3, "back\\slash"), (4, "a\\b"), *([(5, 'two\nlines "')] if defect else [])]
    assert shop.rows("name") == names


@pytest.mark.parametrize("defect", [False, True])
def test_null_tokens(tmp_path: Path, defect: bool) -> None:
    shop = Shop.open(tmp_path, '{nullTokens: ["NULL", "n/a"]}')
    shop.reads(lines("1,Ada,NULL", '2,Bob," n/a "', "3,NULL,3", "4,null,", *(["5"] if defect else [])))
    assert plain(shop.rows()) == ["2:1,Ada,NULL", "3:2,Bob,NULL", "5:4,null,NULL"]
    assert shop.broken() == [(4, "name.required"), *([(6, "csv.columns")] if defect else [])]
