// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Text;

namespace K230.Bench
{
    /// <summary>What is measured, as a part of bench/README.md.</summary>
    internal static class Listing
    {
        public static string Of(IEnumerable<IBenchmark> benchmarks)
        {
            var text = new StringBuilder();

            foreach (IBenchmark benchmark in benchmarks)
            {
                text.Append($"### {benchmark.Title}\n\n");
                text.Append(Wrapped(benchmark.Explanation));
                text.Append("\n| row | unit | better | target |\n|---|---|---|---|\n");

                foreach (Figure figure in benchmark.Figures)
                {
                    string target = Text.Target(figure.Target, figure.Better).Replace("<=", "≤").Replace(">=", "≥");
                    text.Append($"| {figure.Name} | {figure.Unit} | {figure.Better} | {target} |\n");
                }

                text.Append('\n');
            }

            return text.ToString().TrimEnd() + "\n";
        }

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
