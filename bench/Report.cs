// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace K230.Bench
{
    /// <summary>The rows of one benchmark.</summary>
    internal sealed record Section(string Title, IReadOnlyList<Row> Rows);

    /// <summary>What was measured, for people and for programs; and what would be.</summary>
    internal static class Report
    {
        private static readonly JsonSerializerOptions s_options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // names are for people too
        };

        /// <summary>The rows for programs.</summary>
        public static string Json(IEnumerable<Row> rows)
        {
            var plain = rows.Select(r => new { r.Name, r.Value, r.Unit, r.Low, r.High, r.Target, r.Better });

            return JsonSerializer.Serialize(new { rows = plain }, s_options) + "\n";
        }

        /// <summary>The rows for a terminal.</summary>
        public static void WriteTables(IReadOnlyList<Section> sections, IAnsiConsole console)
        {
            foreach (Section section in sections)
            {
                var table = new Table { Title = new TableTitle(section.Title, new Style(decoration: Decoration.Bold)) };
                table.Border(TableBorder.Rounded).Expand();

                foreach (Column column in Column.All)
                {
                    var head = new TableColumn(column.Head);
                    table.AddColumn(column.IsNumber ? head.RightAligned() : head);
                }

                foreach (Row row in section.Rows)
                {
                    var verdict = new Style(row.MeetsTarget ? Color.Green : Color.Red);
                    table.AddRow(Column.All.Select(
                        c => new Text(c.Cell(row), c == Column.All[^1] ? verdict : Style.Plain)));
                }

                console.Write(table);
            }
        }

        /// <summary>The rows as text: for a file or a pipe.</summary>
        public static void WritePlain(IReadOnlyList<Section> sections, TextWriter writer)
        {
            string[] heads = Column.All.Select(c => c.Head).ToArray();
            string[][] lines = sections.SelectMany(s => s.Rows).Select(Cells).Prepend(heads).ToArray();
            int[] widths = heads.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();

            writer.WriteLine(Line(heads, widths));

            foreach (Section section in sections)
            {
                writer.WriteLine("\n" + section.Title);

                foreach (Row row in section.Rows)
                {
                    writer.WriteLine(Line(Cells(row), widths));
                }
            }
        }

        /// <summary>What is measured, as a part of bench/README.md.</summary>
        public static string List(IEnumerable<Benchmark> benchmarks)
        {
            var text = new StringBuilder();

            foreach (Benchmark benchmark in benchmarks)
            {
                text.Append($"### {benchmark.Title}\n\n{Wrapped(benchmark.Explanation)}\n");
                text.Append("| row | unit | better | target |\n|---|---|---|---|\n");

                foreach (Metric metric in benchmark.Metrics)
                {
                    string target = Column.Aim(metric.Target, metric.Better).Replace("<=", "≤").Replace(">=", "≥");
                    text.Append($"| {metric.Name} | {metric.Unit} | {metric.Better} | {target} |\n");
                }

                text.Append('\n');
            }

            return text.ToString().TrimEnd() + "\n";
        }

        private static string[] Cells(Row row) =>
            Column.All.Select((c, i) => (i == 0 ? "  " : "") + c.Cell(row)).ToArray();

        private static string Line(string[] cells, int[] widths) => string.Join("  ", cells.Select(
            (c, i) => Column.All[i].IsNumber ? c.PadLeft(widths[i]) : c.PadRight(widths[i]))).TrimEnd();

        /// <summary>Lines of at most 120 characters.</summary>
        private static string Wrapped(string paragraph)
        {
            var lines = new StringBuilder();
            int length = 0;

            foreach (string word in paragraph.Split(' '))
            {
                if (length > 0 && length + 1 + word.Length > 120)
                {
                    lines.Append('\n');
                    length = 0;
                }

                lines.Append(length > 0 ? " " : "").Append(word);
                length += word.Length + (length > 0 ? 1 : 0);
            }

            return lines.Append('\n').ToString();
        }
    }
}
