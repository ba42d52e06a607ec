// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Bench
{
    /// <summary>What a benchmark is given to run with.</summary>
    internal sealed class Session(Ends ends, Effort effort, Progress progress)
    {
        public Ends Ends => ends;

        public Effort Effort => effort;

        public Progress Progress => progress;

        /// <summary>Lets two near ends take turns with as much of a command as fits a sample.</summary>
        /// <param name="first">A count that is surely not too large.</param>
        /// <param name="count">The count that was found.</param>
        public Pairs Alternate(INearEnd a, INearEnd b, long first, Func<long, Command> command, out long count)
        {
            long many = Calibration.Count(effort, first, n => a.Run(command(n)), n => b.Run(command(n)));

            count = many;

            return Alternate(() => a.Run(command(many)), () => b.Run(command(many)));
        }

        public Pairs Alternate(Func<Sample> a, Func<Sample> b) =>
            Pairs.Measure(effort.Pairs, a, b, progress.Step);
    }
}
