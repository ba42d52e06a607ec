// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using Spectre.Console;

namespace K230.Bench
{
    /// <summary>The rows for a terminal.</summary>
    internal static class ConsoleTable
    {
        public static void Write(IReadOnlyList<Section> sections)
        {
            foreach (Section section in sections)
            {
                AnsiConsole.Write(Of(section));
            }
        }

        private static Table Of(Section section)
        {
            var bold = new Style(decoration: Decoration.Bold);
            var table = new Table { Title = new TableTitle(Markup.Escape(section.Title), bold) };
            table.Border(TableBorder.Rounded).Expand();
            table.AddColumn("row");
            table.AddColumn(new TableColumn("median").RightAligned());
            table.AddColumn(new TableColumn("low … high").RightAligned());
            table.AddColumn("unit");
            table.AddColumn("target");

            foreach (Row row in section.Rows)
            {
                table.AddRow(
                    Markup.Escape(row.Name),
                    $"[bold]{Text.Number(row.Value)}[/]",
                    row.Low == row.High ? "" : $"[grey]{Text.Number(row.Low)} … {Text.Number(row.High)}[/]",
                    Markup.Escape(row.Unit),
                    Target(row));
            }

            return table;
        }

        private static string Target(Row row) => row.Target == null
            ? ""
            : $"{Text.Target(row.Target, row.Better)} [{(row.MeetsTarget ? "green" : "red")}]{Text.Verdict(row)}[/]";
    }
}
