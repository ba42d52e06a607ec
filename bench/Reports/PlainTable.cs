// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace K230.Bench
{
    /// <summary>The rows as text: for a file or a pipe.</summary>
    internal static class PlainTable
    {
        private static readonly string[] s_head = ["", "median", "low", "high", "unit", "target", ""];

        public static void Write(IReadOnlyList<Section> sections, TextWriter writer)
        {
            string[][] lines = sections.SelectMany(s => s.Rows).Select(Cells).Prepend(s_head).ToArray();
            int[] widths = s_head.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();

            writer.WriteLine(Line(s_head, widths));

            foreach (Section section in sections)
            {
                writer.WriteLine("\n" + section.Title);

                foreach (Row row in section.Rows)
                {
                    writer.WriteLine(Line(Cells(row), widths));
                }
            }
        }

        private static string[] Cells(Row row) =>
        [
            "  " + row.Name,
            Text.Number(row.Value),
            Text.Number(row.Low),
            Text.Number(row.High),
            row.Unit,
            Text.Target(row.Target, row.Better),
            Text.Verdict(row),
        ];

        private static string Line(string[] cells, int[] widths) => string.Join(
            "  ", cells.Select((c, i) => i is >= 1 and <= 3 ? c.PadLeft(widths[i]) : c.PadRight(widths[i]))).TrimEnd();
    }
}
