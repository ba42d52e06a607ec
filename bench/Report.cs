// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace K230.Bench
{
    /// <summary>The rows as a table for people and as JSON for programs.</summary>
    internal static class Report
    {
        private static readonly JsonSerializerOptions s_json = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = true,
        };

        public static void PrintTable(IReadOnlyList<Row> rows)
        {
            var lines = new List<string[]> { new[] { "", "median", "min", "max", "unit", "target" } };
            lines.AddRange(rows.Select(row => new[]
            {
                row.Name, Number(row.Value), Number(row.Low), Number(row.High), row.Unit, Target(row),
            }));

            int[] widths = Enumerable.Range(0, lines[0].Length).Select(i => lines.Max(line => line[i].Length)).ToArray();

            foreach (string[] line in lines)
            {
                IEnumerable<string> cells = line.Select((cell, i) =>
                    i is 0 or 4 or 5 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
                Console.WriteLine(string.Join("  ", cells).TrimEnd());
            }
        }

        public static void WriteJson(IReadOnlyList<Row> rows, FileInfo file)
        {
            var plain = rows.Select(r => new { r.Name, r.Value, r.Unit, r.Low, r.High, r.Target, r.Better });
            File.WriteAllText(file.FullName, JsonSerializer.Serialize(new { rows = plain }, s_json) + "\n");
        }

        private static string Target(Row row)
        {
            if (row.Target == null)
            {
                return "";
            }

            string bound = (row.Better == "lower" ? "<= " : ">= ") + Number(row.Target.Value);
            return bound + (row.MeetsTarget ? "  met" : "  not met");
        }

        private static string Number(double value) =>
            value.ToString(Math.Abs(value) < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
    }
}
