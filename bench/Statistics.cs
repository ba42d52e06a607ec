// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>The same thing measured several times.</summary>
    internal sealed class Statistics
    {
        private readonly double[] _sorted;

        public Statistics(IEnumerable<double> values)
        {
            _sorted = values.Order().ToArray();

            if (_sorted.Length == 0)
            {
                throw new ArgumentException("statistics need a value", nameof(values));
            }
        }

        public double Low => _sorted[0];

        public double High => _sorted[^1];

        public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

        /// <summary>The least value that at least this part of all values does not exceed.</summary>
        /// <param name="part">Above 0, at most 1: 0.99 is the 99th percentile.</param>
        public double Percentile(double part)
        {
            // Rounded first, as 0.07 * 100 is a little more than 7.
            double rank = Math.Ceiling(Math.Round(part * _sorted.Length, 6));

            return _sorted[Math.Clamp((int)rank, 1, _sorted.Length) - 1];
        }
    }

    /// <summary>
    /// Two things measured in turns, A B A B …, so that whatever else the machine does meets both. A ratio is formed
    /// within each pair: a machine that slows down half-way moves both sides of it.
    /// </summary>
    internal sealed record Pairs(IReadOnlyList<Sample> A, IReadOnlyList<Sample> B)
    {
        /// <param name="step">Called after each pair.</param>
        public static Pairs Measure(int count, Func<Sample> a, Func<Sample> b, Action step)
        {
            var pairs = new (Sample A, Sample B)[count];

            for (int i = 0; i < count; i++)
            {
                pairs[i] = (a(), b());
                step();
            }

            return new Pairs(pairs.Select(p => p.A).ToArray(), pairs.Select(p => p.B).ToArray());
        }

        /// <summary>A figure of A divided by that of B, pair by pair.</summary>
        public Statistics Ratio(Func<Sample, double> figure) => new(A.Zip(B, (a, b) => figure(a) / figure(b)));

        public Statistics OfA(Func<Sample, double> figure) => new(A.Select(figure));

        public Statistics OfB(Func<Sample, double> figure) => new(B.Select(figure));
    }
}
