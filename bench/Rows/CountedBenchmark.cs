// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal sealed class CountedBenchmark : IBenchmark
    {
        // What bench/native/counted.c prints, in its order.
        private static readonly (string Name, Figure Figure)[] s_counted =
        [
            ("copied-big-send", Copies("big core, sending")),
            ("copied-small-send", Copies("small core, sending")),
            ("copied-big-receive", Copies("big core, receiving")),
            ("copied-small-receive", Copies("small core, receiving")),
            ("lines-big-request", Figure.Lower("cache lines written per request, big core", "lines")),
            ("lines-small-request", Figure.Lower("cache lines written per request, small core", "lines")),
            ("lines-big-message", Figure.Lower("cache lines written per 64-byte message, big core", "lines")),
            ("lines-small-message", Figure.Lower("cache lines written per 64-byte message, small core", "lines")),
        ];

        // Counts are printed with four decimals.
        private const double NOTHING = 1e-9;

        public string Title => "Counted";

        public string Explanation =>
            "`k230-bench-counted` runs both cores' code in one process and counts: how often a byte of the " +
            "payload is copied on each core, and how many lines of 64 bytes of the shared memory each core " +
            "writes. Not timed, so it holds on the chip.";

        public IReadOnlyList<Figure> Figures => s_counted.Select(c => c.Figure).ToArray();

        public IReadOnlyList<Row> Run(Session session) => Rows(session.Ends.Count());

        /// <exception cref="Failure">A count is missing, or cannot be.</exception>
        public static IReadOnlyList<Row> Rows(IReadOnlyDictionary<string, double> values) => s_counted
            .Select(c => values.TryGetValue(c.Name, out double value)
                ? c.Figure.Of(Plausible(c.Name, c.Figure, value))
                : throw new Failure($"the count has no {c.Name}, only {string.Join(", ", values.Keys)}"))
            .ToArray();

        /// <summary>The value, unless whoever counted has not seen all: what arrives has been copied whole.</summary>
        private static double Plausible(string name, Figure figure, double value)
        {
            bool seen = figure.Target == null ? value > 0 : value > figure.Target - NOTHING;

            return seen ? value : throw new Failure($"{name} cannot be {value}: what was to be counted was not seen");
        }

        private static Figure Copies(string where) => Figure.Lower($"copies of a payload byte, {where}", "copies", 1);
    }
}
