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
    /// <param name="ours">The name and the near end whose rate is wanted high.</param>
    /// <param name="theirs">Those that it is measured against.</param>
    /// <param name="first">A count that is surely not too large.</param>
    /// <param name="each">How much of the unit's subject one count is: 64 KiB of a MB.</param>
    internal sealed class Contest(
        string name,
        string unit,
        (string Name, Func<Ends, INearEnd> End) ours,
        (string Name, Func<Ends, INearEnd> End) theirs,
        long first,
        Func<FarEnd, long, Command> command,
        double? target = null,
        double each = 1) : IMeasurement
    {
        private readonly Metric _ratio = Metric.Higher($"{name}, {ours.Name} / {theirs.Name}", "x", target);
        private readonly Metric _ours = Metric.Higher($"{name}: {ours.Name}", unit);
        private readonly Metric _theirs = Metric.Higher($"{name}: {theirs.Name}", unit);

        public IReadOnlyList<Metric> Metrics => [_ratio, _ours, _theirs];

        /// <summary>How much of it a sample did, where that is not its count.</summary>
        public Func<Sample, double> Done { get; init; }

        /// <summary>The count, where a job names it; else it is found.</summary>
        public Func<Job, long> Fixed { get; init; }

        /// <summary>The samples of the last run, and how much one of them did.</summary>
        public Pairs Pairs { get; private set; }

        public long Count { get; private set; }

        public static Contest InC(
            string name, string unit, long first, Func<FarEnd, long, Command> command, double? target = null,
            double each = 1) =>
            new(name + ", C", unit, ("K230", e => e.K230), ("kernel", e => e.Kernel), first, command, target, each);

        public static Contest InCSharp(
            string name, string unit, long first, Func<FarEnd, long, Command> command, double? target = null,
            double each = 1) =>
            new(name + ", C#", unit, ("K230", e => e.Managed), (".NET", e => e.Net), first, command, target, each);

        public IReadOnlyList<Row> Measure(Run run)
        {
            INearEnd a = ours.End(run.Ends);
            INearEnd b = theirs.End(run.Ends);
            FarEnd far = run.Ends.Far;

            if (Fixed != null)
            {
                Count = Fixed(run.Job);
                a.Run(command(far, Count)); // a warm-up
                Pairs = run.Alternate(a, b, command(far, Count));
            }
            else
            {
                Pairs = run.Alternate(a, b, first, count => command(far, count), out long count);
                Count = count;
            }

            return [_ratio.Of(Pairs.Ratio(Rate)), _ours.Of(Pairs.OfA(Rate)), _theirs.Of(Pairs.OfB(Rate))];
        }

        /// <summary>Something that the samples of ours tell, for each of the unit's subject.</summary>
        public Func<Statistics> OursPerDone(Func<Sample, double> figure) =>
            () => Pairs.OfA(s => figure(s) / (Count * each));

        /// <summary>The same of theirs.</summary>
        public Func<Statistics> TheirsPerDone(Func<Sample, double> figure) =>
            () => Pairs.OfB(s => figure(s) / (Count * each));

        private double Rate(Sample sample) => (Done?.Invoke(sample) ?? Count * each) / sample.Seconds;
    }
}
