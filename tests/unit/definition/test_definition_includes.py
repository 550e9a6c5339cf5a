"""Where included files are looked for, and that no include leaves the definition folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.definition import find_main_files, load_process
from tests.unit.definition.making import machine, process, write

PART = machine(process('<state name="part"/>', 'name="Part"'))


def main(file: str) -> str:
    return machine(process('<state name="new"/>'), f'<process name="Part" file="{file}"/>')


def load(folder: Path, files: dict[str, str], **kwargs):
    return load_process(write(folder, files).main, **kwargs)


def errors(result) -> list[str]:
    return [finding.rule for finding in result.errors]


@pytest.mark.parametrize(
    ("written", "real"),
    [
        ("Part.xml", "Part.xml"),
        ("Part", "Part.xml"),
        ("sub/Part.xml", "sub/Part.xml"),
        ("sub/Part", "sub/Part.xml"),
        ("my sub/a part.xml", "my_sub/a_part.xml"),
        ("./sub/../sub/Part.xml", "sub/Part.xml"),
        ("Part.xml", "deep/down/Part.xml"),
        ("sub/Part.xml", "elsewhere/Part.xml"),
        ("Part", "deep/Part.xml"),
        ("Part.v2", "Part.v2.xml"),
        ("part", "part"),
    ],
)
def test_an_include_is_found(written, real, tmp_path):
    result = load(tmp_path, {"Main.xml": main(written), real: PART})
    assert errors(result) == []
    assert [state.name for state in result.process.states] == ["new", "part"]
    assert result.process.states[1].location.file == str(tmp_path / real)


def test_a_name_that_is_too_long_for_a_file_is_not_found(tmp_path):
    result = load(tmp_path, {"Main.xml": main("p" * 300)})
    assert errors(result) == ["include-not-found"]


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "Main.xml")
    assert errors(load_process(tmp_path / "Main.xml")) == ["file-unreadable"]


def test_beside_the_including_file_goes_before_the_search(tmp_path):
    near = PART.replace('"part"', '"near"')
    outer = machine(process("", 'name="Outer"'), '<process name="Part" file="Part.xml"/>')
    files = {
        "Main.xml": main("sub/Outer.xml"),
        "sub/Outer.xml": outer,
        "sub/Part.xml": near,
        "Part.xml": PART,
    }
    assert [state.name for state in load(tmp_path, files).process.states] == ["new", "near"]


def test_the_written_folder_chooses_among_files_of_one_base_name(tmp_path):
    right = PART.replace('"part"', '"right"')
    files = {"Main.xml": main("A/x.xml"), "deep/A/x.xml": right, "deep/AFromOther/x.xml": PART}
    assert [state.name for state in load(tmp_path, files).process.states] == ["new", "right"]


def test_all_candidates_are_listed_when_there_are_several(tmp_path):
    result = load(tmp_path, {"Main.xml": main("x.xml"), "b/x.xml": PART, "a/x.xml": PART})
    assert errors(result) == ["include-ambiguous"]
    assert f"{tmp_path / 'a/x.xml'}, {tmp_path / 'b/x.xml'}" in result.errors[0].message


def test_hidden_folders_are_not_searched(tmp_path):
    files = {"Main.xml": main("x.xml"), "sub/x.xml": PART, ".git/x.xml": PART, "sub/.old/x.xml": PART}
    assert errors(load(tmp_path, files)) == []


def test_definition_folders_are_searched_besides_the_main_files_own(tmp_path):
    written = write(tmp_path, {"mains/Main.xml": main("parts/Part.xml"), "shared/parts/Part.xml": PART})
    assert errors(load_process(written.main)) == ["include-not-found"]
    result = load_process(written.main, folders=[tmp_path / "shared"])
    assert [state.name for state in result.process.states] == ["new", "part"]


def test_a_file_may_be_above_the_including_one_inside_the_folder(tmp_path):
    inner = machine(process("", 'name="Outer"'), '<process name="Part" file="../Part.xml"/>')
    files = {"Main.xml": main("sub/Inner.xml"), "sub/Inner.xml": inner, "Part.xml": PART}
    assert errors(load(tmp_path, files)) == []


@pytest.mark.parametrize(
    "written",
    [
        "../outside.xml",
        "../inside2/outside.xml",
        "sub/../../outside.xml",
        "..",
        "{outside}",
        "{outside_without_extension}",
        "/etc/passwd",
        "C:\\outside.xml",
        "\\\\host\\share\\outside.xml",
        "../does-not-exist.xml",
    ],
)
def test_no_path_leads_out(written, tmp_path):
    (tmp_path / "outside.xml").write_text(PART, encoding="utf-8")
    (tmp_path / "inside2").mkdir()
    (tmp_path / "inside2/outside.xml").write_text(PART, encoding="utf-8")
    (tmp_path / "inside/sub").mkdir(parents=True)
    outside = tmp_path / "outside.xml"
    file = written.format(outside=outside, outside_without_extension=outside.with_suffix(""))
    result = load(tmp_path / "inside", {"Main.xml": main(file)})
    assert errors(result) == ["include-outside"]


def test_an_absolute_path_is_refused_even_inside(tmp_path):
    files = {"Main.xml": main(str(tmp_path / "Part.xml")), "Part.xml": PART}
    assert errors(load(tmp_path, files)) == ["include-outside"]


@pytest.mark.parametrize("written", ["link.xml", "folder/outside.xml", "deep/link.xml"])
def test_no_symbolic_link_leads_out(written, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/outside.xml").write_text(PART, encoding="utf-8")
    inside = tmp_path / "inside"
    (inside / "below").mkdir(parents=True)
    (inside / "link.xml").symlink_to(tmp_path / "outside/outside.xml")
    (inside / "below/link.xml").symlink_to(tmp_path / "outside/outside.xml")
    (inside / "folder").symlink_to(tmp_path / "outside")
    result = load(inside, {"Main.xml": main(written)})
    assert set(errors(result)) <= {"include-outside", "include-ambiguous"}
    assert errors(result) != []


def test_a_symbolic_link_inside_the_folder_is_followed(tmp_path):
    written = write(tmp_path, {"Main.xml": main("link.xml"), "real.xml": PART})
    (tmp_path / "link.xml").symlink_to(tmp_path / "real.xml")
    assert errors(load_process(written.main)) == []


def test_a_link_to_the_including_file_is_a_circle(tmp_path):
    written = write(tmp_path, {"Main.xml": main("link.xml")})
    (tmp_path / "link.xml").symlink_to(written.main)
    result = load_process(written.main)
    assert errors(result) == ["include-cycle"]
    assert f"{written.main} > {tmp_path / 'link.xml'}" in result.errors[0].message


def test_a_pipe_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.xml")
    assert errors(load(tmp_path, {"Main.xml": main("pipe.xml")})) == ["include-not-found"]


def test_includes_that_double_at_every_level_end(tmp_path):
    files = {"Main.xml": main("0.xml")}
    for n in range(40):
        stubs = [f'<process name="P" file="{n + 1}.xml" prefix="{side}"/>' for side in "ab"]
        files[f"{n}.xml"] = machine(process("", f'name="P{n}"'), *stubs)
    files["40.xml"] = PART
    assert errors(load(tmp_path, files)) == ["too-many-files"]


def test_two_hundred_includes_are_allowed(tmp_path):
    stubs = [f'<process name="P{n}" file="P.xml" prefix="{n}"/>' for n in range(200)]
    result = load(tmp_path, {"Main.xml": machine(process('<state name="new"/>'), *stubs), "P.xml": PART})
    assert errors(result) == []
    assert len(result.process.states) == 201


def test_a_mistake_in_a_file_that_is_included_twice_is_told_once(tmp_path):
    stubs = '<process name="A" file="P.xml"/><process name="B" file="P.xml" prefix="b"/>'
    result = load(tmp_path, {"Main.xml": machine(process(""), stubs), "P.xml": "<statemachine>"})
    assert errors(result) == ["xml-broken"]
    part = machine(process('<event name="e" timeout="soon"/>', 'name="P"'))
    result = load(tmp_path, {"Main.xml": machine(process(""), stubs), "P.xml": part})
    assert errors(result) == ["bad-timeout"]


def test_paths_in_messages_are_those_the_user_gave(tmp_path, monkeypatch):
    write(tmp_path, {"processes/Main.xml": main("sub/Part.xml"), "processes/sub/Part.xml": PART})
    monkeypatch.chdir(tmp_path)
    files = [state.location.file for state in load_process("processes/Main.xml").process.states]
    assert files == [os.path.join("processes", "Main.xml"), os.path.join("processes", "sub", "Part.xml")]  # noqa: PTH118
    monkeypatch.chdir(tmp_path / "processes")
    assert load_process("Main.xml").process.states[1].location.file == os.path.join("sub", "Part.xml")  # noqa: PTH118


def test_main_files_are_told_from_the_others_in_a_folder(tmp_path):
    write(
        tmp_path,
        {
            "Main.xml": main("sub/Part.xml"),
            "sub/Part.xml": PART,
            "sub/Other.xml": main("Part.xml"),
            "sub/Broken.xml": "<statemachine>",
            "pom.xml": "<project/>",
            "notes.txt": main("x"),
        },
    )
    names = [str(path.relative_to(tmp_path)) for path in find_main_files(tmp_path)]
    assert names == ["Main.xml", os.path.join("sub", "Broken.xml"), os.path.join("sub", "Other.xml")]  # noqa: PTH118
