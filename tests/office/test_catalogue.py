"""The catalogue and its tables, as an office keeps them in a spreadsheet."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Conflict, Invalid, NotFound
from engine.office import pinyin
from engine.office.catalogue import Catalogue
from engine.office.clock import OfficeClock
from engine.office.ledger import Ledger
from engine.office.materials import MaterialFault, parse
from engine.office.sheet import Sheet

#: Where reading a table is the point, one kind of database is enough.
EMBEDDED = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

UNITS = """code,name,level,parent
nanzhuang,南庄村,village,songquan
songquan,松泉镇,township,qu
qu,澄怀区,district,
hall,政务服务大厅,department,qu
housing,住建委,department,qu
planning,规自局,department,qu
fire,消防支队,department,qu
"""
WINDOWS = """code,name,unit,address
H01,综合窗口,hall,惠民路1号
T01,松泉镇窗口,songquan,
"""
MATTERS = """\
code,name,type,unit,departments,legal_basis,level,statutory_days,promised_days,materials,fee,visits,windows,process
0100201001,建筑工程施工许可证核发,joint,housing,planning;fire,《中华人民共和国建筑法》第七条,district,7,5,申请表;施工合同|copy|2|later|施工单位,,1,H01,
0100301001,房屋所有权转移登记,promised,planning,,《不动产登记暂行条例》,district,30,3,,80,,,
"""


@pytest.fixture
def catalogue(database, clock):
    return Catalogue(database, Ledger(database, OfficeClock(database, clock)))


@pytest.fixture
def office(catalogue):
    """A catalogue with something in it."""
    catalogue.import_units(UNITS)
    catalogue.import_windows(WINDOWS)
    catalogue.import_matters(MATTERS)
    return catalogue


def faults(take, text) -> list[tuple[str, str]]:
    """Where and what an import complains of; it must refuse."""
    with pytest.raises(Invalid) as refused:
        take(text)
    return [(field.pointer, field.message) for field in refused.value.errors]


def with_cell(table: str, column: str, value: str, row: int = 1) -> str:
    """A table with another value in one cell."""
    rows = [*csv.reader(io.StringIO(table))]
    rows[row][rows[0].index(column)] = value
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


class TestReading:
    def test_a_unit(self, office):
        assert office.unit("songquan") == {"code": "songquan", "name": "松泉镇", "level": "township", "parent": "qu"}
        assert office.unit("qu")["parent"] is None

    def test_the_units_and_windows_are_listed_by_code(self, office):
        codes = [unit["code"] for unit in office.units()]
        assert codes == sorted(codes) and len(codes) == 7
        assert office.windows() == [office.window("H01"), office.window("T01")]
        assert office.window("H01") == {
            "code": "H01",
            "name": "综合窗口",
            "unit": "hall",
            "unit_name": "政务服务大厅",
            "address": "惠民路1号",
        }

    def test_a_matter_with_all_that_the_api_shows(self, office):
        assert office.matter("0100201001") == {
            "code": "0100201001",
            "name": "建筑工程施工许可证核发",
            "type": "joint",
            "unit": "housing",
            "unit_name": "住建委",
            "departments": ["planning", "fire"],
            "legal_basis": "《中华人民共和国建筑法》第七条",
            "level": "district",
            "statutory_days": 7,
            "promised_days": 5,
            "materials": [
                {"name": "申请表", "form": "original", "copies": 1, "required": True, "issuer": ""},
                {"name": "施工合同", "form": "copy", "copies": 2, "required": False, "issuer": "施工单位"},
            ],
            "fee": 0,
            "visits": 1,
            "retention_years": None,
            "windows": ["H01"],
            "process": "one_window",
        }
        assert office.matter("0100301001")["fee"] == 80

    @pytest.mark.parametrize("code", ["nothing", "", "a\0", "H99", "Ä", "0" * 40])
    def test_what_there_is_not(self, office, code):
        for ask in (office.unit, office.window, office.matter):
            with pytest.raises(NotFound):
                ask(code)

    def test_above_and_below(self, office):
        assert office.ancestors("nanzhuang") == ["nanzhuang", "songquan", "qu"]
        assert office.ancestors("qu") == ["qu"]
        assert office.descendants("songquan") == ["songquan", "nanzhuang"]
        assert office.descendants("qu") == [
            *["qu", "fire", "hall", "housing", "planning", "songquan", "nanzhuang"],
        ]
        for unknown in ("nowhere", "", "a\0"):
            assert office.ancestors(unknown) == office.descendants(unknown) == []


class TestSearching:
    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            (None, 2),
            ("", 2),
            ("  ", 2),
            ("施工", 1),
            ("0100301", 1),
            ("sgxk", 1),
            ("shigongxuke", 1),
            ("SHIGONG xuke", 1),
            ("转移 登记", 1),
            ("zydj", 1),
            ("转移 施工", 0),
            ("没有", 0),
            ("xyzzy", 0),
            ("%", 0),
            ("\0", 0),
        ],
    )
    def test_by_code_characters_pinyin_or_initials(self, office, typed, found):
        assert len(office.matters(typed)) == found

    def test_a_character_that_is_read_in_two_ways(self):
        assert pinyin.matches("yinhang", name="设立银行") and pinyin.matches("chongjian", name="重建审批")

    @given(st.text(max_size=20), st.text(max_size=20))
    def test_any_name_is_found_by_itself(self, before, name):
        assert pinyin.matches(name, name=before + name)


class TestImporting:
    def test_the_same_table_again_changes_nothing(self, catalogue):
        for take, table in (
            (catalogue.import_units, UNITS),
            (catalogue.import_windows, WINDOWS),
            (catalogue.import_matters, MATTERS),
        ):
            rows = table.count("\n") - 1
            assert take(table) == {"created": rows, "updated": 0}
            assert take(table) == {"created": 0, "updated": 0}

    def test_a_changed_line_renews_that_entry_alone(self, office):
        assert office.import_matters(with_cell(MATTERS, "promised_days", "4")) == {"created": 0, "updated": 1}
        assert office.matter("0100201001")["promised_days"] == 4
        assert office.import_units("code,name,level,parent\nfire,消防救援支队,department,qu\n")["updated"] == 1
        assert office.unit("fire")["name"] == "消防救援支队"

    def test_what_is_there_can_be_left_as_it_is(self, office):
        table = "code,name,level,parent\nfire,改名,department,qu\nwater,水务局,department,qu\n"

        assert office.import_units(table, renew=False) == {"created": 1, "updated": 0}
        assert office.unit("fire")["name"] == "消防支队"

    @EMBEDDED
    @pytest.mark.parametrize(
        "saved",
        [
            pytest.param(lambda text: "\ufeff" + text, id="byte order mark"),
            pytest.param(lambda text: text.encode("utf-8-sig"), id="bytes with the mark"),
            pytest.param(lambda text: text.encode(), id="bytes"),
            pytest.param(lambda text: text.replace("\n", "\r\n"), id="Windows line ends"),
            pytest.param(lambda text: text.replace("\n", "\r"), id="old Macintosh line ends"),
            pytest.param(lambda text: text.rstrip("\n"), id="no end of line at the end"),
            pytest.param(lambda text: text + "\n,,,\n\n", id="empty rows below"),
            pytest.param(lambda text: text.replace(",", " , "), id="blanks around"),
            pytest.param(lambda text: text.replace("澄怀区", '"澄怀区"'), id="quotes"),
        ],
    )
    def test_however_a_spreadsheet_saves_it(self, catalogue, saved):
        assert catalogue.import_units(saved(UNITS))["created"] == 7
        assert catalogue.unit("qu")["name"] == "澄怀区"

    def test_columns_in_any_order_and_optional_ones_left_out(self, catalogue):
        catalogue.import_units("level,name,code\ndistrict,区,qu\n")
        assert catalogue.unit("qu")["parent"] is None

    def test_nothing_is_imported_where_one_line_is_wrong(self, catalogue):
        text = UNITS + "BAD CODE,坏,department,qu\nnew,新,bureau,nowhere\n"

        assert faults(catalogue.import_units, text) == [
            ("/9/code", "line 9, column 1 (code): 'BAD CODE' is not a code; it is made of lower-case letters (a-z), "
             "digits and hyphens."),
            ("/10/level", "line 10, column 3 (level): 'bureau' is not one of: district, department, township, "
             "subdistrict, village, community."),
            ("/10/parent", "line 10, column 4 (parent): there is no unit 'nowhere'."),
        ]  # fmt: skip
        assert catalogue.units() == []

    def test_the_line_is_counted_over_cells_of_several_lines(self, catalogue):
        text = 'code,name,level\na,"两\n行",district\nb,乙,nothing\n'

        assert [pointer for pointer, _ in faults(catalogue.import_units, text)] == ["/4/level"]

    @EMBEDDED
    @pytest.mark.parametrize(
        ("text", "where", "word"),
        [
            ("", "/1/code", "no column"),
            ("code,name\nqu,区\n", "/1/level", "no column 'level'"),
            ("code,name,level,colour\nqu,区,district,red\n", "/1/colour", "'colour' is not a column"),
            ("code,name,level,name\nqu,区,district,区\n", "/1/name", "more than once"),
            ("code,name,level\nqu,区\n", "/2", "2 cells, the header 3"),
            ("code,name,level\nqu,区,district,x\n", "/2", "4 cells, the header 3"),
            ('code,name,level\nqu,"区,district\n', "/2", "not CSV"),
            ("code,name,level\nqu,,district\n", "/2/name", "missing"),
            ("code,name,level\nqu," + "区" * 201 + ",district\n", "/2/name", "201 characters"),
            ("code,name,level\nqu,区\x07,district\n", "/2/name", "control character"),
            ("code,name,level\nqu,区,district\nqu,区,district\n", "/3/code", "stands in line 2"),
            ("code,name,level\nqu,区,district\n".encode("utf-16"), "/1", "not UTF-8"),
            ("code,name,level\nqu,区,district\n".encode("gb18030"), "/2", "not UTF-8"),
        ],
    )
    def test_tables_that_are_none(self, catalogue, text, where, word):
        (pointer, message), *_ = faults(catalogue.import_units, text)
        assert pointer == where and word in message

    def test_units_in_a_ring(self, office):
        ring = "code,name,level,parent\nqu,澄怀区,district,nanzhuang\n"
        ((pointer, message),) = faults(office.import_units, ring)
        assert pointer == "/2/parent" and "qu > nanzhuang > songquan" in message

        itself = "code,name,level,parent\nx,甲,village,x\n"
        assert [pointer for pointer, _ in faults(office.import_units, itself)] == ["/2/parent"]

    def test_a_unit_moves_under_one_that_comes_with_the_same_table(self, office):
        moved = "code,name,level,parent\nnanzhuang,南庄村,village,new\nnew,新镇,township,qu\n"

        assert office.import_units(moved) == {"created": 1, "updated": 1}
        assert office.ancestors("nanzhuang") == ["nanzhuang", "new", "qu"]

    def test_windows_of_units_that_there_are(self, office):
        wrong = "code,name,unit\nh-1,一号,hall\nH02,二号,nowhere\nH03,,hall\n"

        assert [pointer for pointer, _ in faults(office.import_windows, wrong)] == ["/2/code", "/3/unit", "/4/name"]

    @EMBEDDED
    @pytest.mark.parametrize(
        ("column", "value", "word"),
        [
            ("code", "with blank", "not a code"),
            ("code", "x" * 33, "not a code"),
            ("name", "", "missing"),
            ("type", "即办件", "instant, joint, promised, reported, returned"),
            ("unit", "nowhere", "no unit 'nowhere'"),
            ("departments", "planning;nowhere", "no unit 'nowhere'"),
            ("departments", "planning;planning", "twice"),
            ("departments", "housing;planning", "in charge already"),
            ("legal_basis", "", "missing"),
            ("level", "区", "national, province, city, district, township, village"),
            ("statutory_days", "", "whole number"),
            ("statutory_days", "0", "whole number"),
            ("statutory_days", "7.5", "whole number"),
            ("statutory_days", "-7", "whole number"),
            ("statutory_days", "٧", "whole number"),
            ("statutory_days", "1" * 5000, "whole number"),
            ("promised_days", "8", "the law allows 7"),
            ("materials", "|copy", "needs a name"),
            ("materials", "表|photo", "'photo' is not one of"),
            ("materials", "表|copy|no", "'no' is not a number of copies"),
            ("materials", "表|copy|0", "number of copies"),
            ("materials", "表|copy|1|maybe", "neither 'required' nor 'later'"),
            ("materials", "表|copy|1|later|局|x", "at most 5"),
            ("materials", "表;表", "more than once"),
            ("materials", "[{}]", "needs a name"),
            ("materials", "[1]", "not an object"),
            ("materials", "[", "not JSON"),
            ("materials", "[" * 100_000, "not JSON"),
            ("materials", '[{"name":"表","colour":1}]', "'colour'"),
            ("materials", '[{"name":"表","copies":true}]', "number of copies"),
            ("materials", '[{"name":"表","required":"later"}]', "true or false"),
            ("materials", '[{"name":"表","issuer":null}]', "issuer"),
            ("fee", "八十", "not an amount"),
            ("fee", "1.234", "not an amount"),
            ("fee", "-1", "not an amount"),
            ("visits", "100", "whole number"),
            ("windows", "H01;H99", "no window 'H99'"),
            ("process", "one window", "not the key"),
        ],
    )
    def test_a_wrong_cell_of_a_matter_is_named_and_the_office_stays_as_it_is(self, office, column, value, word):
        before = office.matters()

        ((pointer, message),) = faults(office.import_matters, with_cell(MATTERS, column, value))

        assert pointer == f"/2/{column}" and f"({column})" in message and word in message
        assert office.matters() == before

    def test_materials_as_json_and_in_the_short_form_are_the_same(self):
        short = parse("申请表;合同|copy|2|later|施工单位;")
        assert (
            parse('[{"name":"申请表"},{"name":"合同","form":"copy","copies":2,"required":false,"issuer":"施工单位"}]')
            == short
        )

    @pytest.mark.parametrize(("written", "fee"), [("", 0), ("0", 0), ("80", 80), ("80.00", 80), ("12.5", 12.5)])
    def test_a_fee_in_yuan(self, office, written, fee):
        office.import_matters(with_cell(MATTERS, "fee", written))
        assert office.matter("0100201001")["fee"] == fee

    def test_a_table_that_is_wrong_in_every_line_tells_enough(self, catalogue):
        text = "code,name,level\n" + "X,,\n" * 1000
        assert len(faults(catalogue.import_units, text)) == 100

    def test_a_whole_citys_matters_in_one_table(self, office):
        head, line, _ = MATTERS.split("\n", 2)
        table = "\n".join([head, *(line.replace("0100201001", f"{n:010}") for n in range(3000))])

        assert office.import_matters(table)["created"] == 3000
        assert office.import_matters(table) == {"created": 0, "updated": 0}
        assert len(office.matters("sgxk")) == 3001

    def test_the_same_import_from_two_places_at_once(self, catalogue):
        def take(_: int) -> int:
            try:
                return catalogue.import_units(UNITS)["created"]
            except Conflict:
                return 0  # PostgreSQL lets both begin; one is told to try again.

        with ThreadPoolExecutor(4) as pool:
            created = [*pool.map(take, range(4))]

        assert sum(created) == 7
        assert len(catalogue.units()) == 7


class TestAnyTable:
    @given(st.text() | st.binary())
    def test_is_read_or_refused(self, source):
        try:
            Sheet(source, required=("code",)).check()
        except Invalid as refused:
            assert refused.errors

    @given(st.text())
    def test_any_text_is_materials_or_a_fault(self, text):
        try:
            assert isinstance(parse(text), list)
        except MaterialFault as fault:
            assert str(fault)
