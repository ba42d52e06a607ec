// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;

namespace K230.Bench
{
    /// <summary>
    /// Two near ends at the same work: how many times the rate of the one is that of the other, and both rates.
    /// </summary>
    /// <param name="name">The work and the language.</param>
    /// <param name="unit">Of the rates.</param>
    /// <param name="each">How much of the unit's subject one count is: 64 KiB of a MB.</param>
    /// <param name="first">A count that is surely not too large.</param>
    /// <param name="ours">Gives the near end whose rate is wanted high.</param>
    /// <param name="theirs">Gives the one that it is measured against.</param>
    internal sealed class RateContest(
        string name,
        string unit,
        double each,
        long first,
        Func<Ends, INearEnd> ours,
        Func<Ends, INearEnd> theirs,
        Func<FarEnd, long, Command> command,
        (string Ours, string Theirs) names,
        double? target = null)
    {
        private readonly Figure _ratio = Figure.Higher($"{name}, {names.Ours} / {names.Theirs}", "x", target);
        private readonly Figure _ours = Figure.Higher($"{name}: {names.Ours}", unit);
        private readonly Figure _theirs = Figure.Higher($"{name}: {names.Theirs}", unit);

        public IReadOnlyList<Figure> Figures => [_ratio, _ours, _theirs];

        /// <summary>The samples of the last run, and how much one of them did.</summary>
        public Pairs Pairs { get; private set; }

        public long Count { get; private set; }

        public static RateContest InC(
            string name, string unit, double each, long first, Func<FarEnd, long, Command> command,
            double? target = null) =>
            new(name + ", C", unit, each, first, e => e.K230, e => e.Kernel, command, ("K230", "kernel"), target);

        public static RateContest InCSharp(
            string name, string unit, double each, long first, Func<FarEnd, long, Command> command,
            double? target = null) =>
            new(name + ", C#", unit, each, first, e => e.Managed, e => e.Net, command, ("K230", ".NET"), target);

        public IReadOnlyList<Row> Run(Session session)
        {
            FarEnd far = session.Ends.Far;
            Pairs = session.Alternate(
                ours(session.Ends), theirs(session.Ends), first, count => command(far, count), out long count);
            Count = count;

            return
            [
                _ratio.Of(Pairs.RateRatio()),
                _ours.Of(Pairs.OfA(Rate)),
                _theirs.Of(Pairs.OfB(Rate)),
            ];
        }

        private double Rate(Sample sample) => Count * each / sample.Seconds;
    }
}
