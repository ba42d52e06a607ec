// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>
    /// Two things measured in turns, A B A B …, so that whatever else the machine does meets both. A ratio is formed
    /// within each pair: a machine that slows down half-way moves both sides of it.
    /// </summary>
    internal sealed class Pairs
    {
        private readonly List<Sample> _a = [];
        private readonly List<Sample> _b = [];

        private Pairs()
        {
        }

        public IReadOnlyList<Sample> A => _a;

        public IReadOnlyList<Sample> B => _b;

        /// <param name="step">Called after each pair.</param>
        public static Pairs Measure(int count, Func<Sample> a, Func<Sample> b, Action step)
        {
            var pairs = new Pairs();

            for (int i = 0; i < count; i++)
            {
                pairs._a.Add(a());
                pairs._b.Add(b());
                step();
            }

            return pairs;
        }

        /// <summary>A figure of A divided by that of B, pair by pair.</summary>
        public Series Ratio(Func<Sample, double> figure) => new(_a.Zip(_b, (a, b) => figure(a) / figure(b)));

        /// <summary>How many times A's rate is of B's: the same work in less time.</summary>
        public Series RateRatio() => new(_a.Zip(_b, (a, b) => b.Seconds / a.Seconds));

        public Series OfA(Func<Sample, double> figure) => new(_a.Select(figure));

        public Series OfB(Func<Sample, double> figure) => new(_b.Select(figure));
    }
}
