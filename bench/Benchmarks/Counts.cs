// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace K230.Bench
{
    /// <summary>What k230-bench-counted prints: lines of name, value and unit.</summary>
    internal sealed class Counts : IMeasurement
    {
        // What bench/native/counted.c prints, in its order.
        private static readonly (string Name, Metric Metric)[] s_counted =
        [
            ("copied-big-send", Copies("big core, sending")),
            ("copied-small-send", Copies("small core, sending")),
            ("copied-big-receive", Copies("big core, receiving")),
            ("copied-small-receive", Copies("small core, receiving")),
            ("lines-big-request", Metric.Lower("cache lines written per request, big core", "lines")),
            ("lines-small-request", Metric.Lower("cache lines written per request, small core", "lines")),
            ("lines-big-message", Metric.Lower("cache lines written per 64-byte message, big core", "lines")),
            ("lines-small-message", Metric.Lower("cache lines written per 64-byte message, small core", "lines")),
        ];

        // Counts are printed with four decimals.
        private const double Nothing = 1e-9;

        public IReadOnlyList<Metric> Metrics => s_counted.Select(c => c.Metric).ToArray();

        public static Benchmark Create() => new(
            "Counted",
            "`k230-bench-counted` runs both cores' code in one process and counts: how often a byte of the " +
            "payload is copied on each core, and how many lines of 64 bytes of the shared memory each core " +
            "writes. Not timed, so it holds on the chip.",
            new Counts());

        public IReadOnlyList<Row> Measure(Run run) => Rows(run.Ends.Count());

        /// <exception cref="FormatException">A line is something else.</exception>
        public static IReadOnlyDictionary<string, double> Parse(IEnumerable<string> lines)
        {
            var values = new Dictionary<string, double>();

            foreach (string line in lines)
            {
                string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);

                if (words.Length < 3 ||
                    !double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ||
                    !values.TryAdd(words[0], value))
                {
                    throw new FormatException($"\"{line}\" is no name, value and unit, or comes twice");
                }
            }

            return values;
        }

        /// <exception cref="Failure">A count is missing, or cannot be.</exception>
        public static IReadOnlyList<Row> Rows(IReadOnlyDictionary<string, double> values) => s_counted
            .Select(c => values.TryGetValue(c.Name, out double value)
                ? c.Metric.Of(Plausible(c.Name, c.Metric, value))
                : throw new Failure($"the count has no {c.Name}, only {string.Join(", ", values.Keys)}"))
            .ToArray();

        /// <summary>The value, unless whoever counted has not seen all: what arrives has been copied whole.</summary>
        private static double Plausible(string name, Metric figure, double value)
        {
            bool seen = figure.Target == null ? value > 0 : value > figure.Target - Nothing;

            return seen ? value : throw new Failure($"{name} cannot be {value}: what was to be counted was not seen");
        }

        private static Metric Copies(string where) => Metric.Lower($"copies of a payload byte, {where}", "copies", 1);
    }
}
