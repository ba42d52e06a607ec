// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>A part of the table. A new one is a factory in Benchmarks and an entry in <see cref="Suite"/>.</summary>
    /// <param name="title">What is measured, for people: the head of its part of the table.</param>
    /// <param name="explanation">
    /// What is compared with what, and what the clock covers: a paragraph of bench/README.md.
    /// </param>
    /// <param name="measurements">What is measured, one after another.</param>
    internal sealed class Benchmark(string title, string explanation, params IMeasurement[] measurements)
    {
        public string Title => title;

        public string Explanation => explanation;

        /// <summary>The rows that <see cref="Measure"/> gives, in this order.</summary>
        public IReadOnlyList<Metric> Metrics => measurements.SelectMany(m => m.Metrics).ToArray();

        /// <summary>The file of its chart, if it has one, and an SVG document of what was measured last.</summary>
        public (string FileName, Func<string> Draw)? Chart { get; init; }

        /// <exception cref="Failure">It could not be measured, or gave other rows than it lists.</exception>
        public IReadOnlyList<Row> Measure(Run run)
        {
            Row[] rows = measurements.SelectMany(m => m.Measure(run)).ToArray();

            return rows.Select(r => r.Name).SequenceEqual(Metrics.Select(m => m.Name))
                ? rows
                : throw new Failure($"\"{title}\" gave other rows than it lists");
        }
    }

    /// <summary>A part of a benchmark.</summary>
    internal interface IMeasurement
    {
        /// <summary>The rows that <see cref="Measure"/> gives, in this order.</summary>
        IReadOnlyList<Metric> Metrics { get; }

        /// <exception cref="Failure">It could not be measured.</exception>
        IReadOnlyList<Row> Measure(Run run);
    }

    /// <summary>A row that is computed from what other measurements of the benchmark have found before.</summary>
    internal sealed class Derived(Metric metric, Func<Statistics> of) : IMeasurement
    {
        public IReadOnlyList<Metric> Metrics => [metric];

        public IReadOnlyList<Row> Measure(Run run) => [metric.Of(of())];
    }
}
