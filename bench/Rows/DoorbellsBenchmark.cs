// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal sealed class DoorbellsBenchmark : IBenchmark
    {
        private const int PIECE = 64 * 1024;
        private const int MESSAGE = 64;
        private const double MEGABYTES = PIECE / 1e6;
        private const int SLOW_KIBPS = 48_828; // 50 MB/s

        // The kernel's buffers take the first megabytes, faster than the peer reads them; a sample is many more.
        private const int SLOW_TIMES = 4;

        private readonly Work[] _works =
        [
            new("bulk send", "/MB", MEGABYTES, 64, (far, n) => Command.Send(far, n, PIECE)),
            new("bulk send to a slow peer", "/MB", MEGABYTES, 64, (far, n) =>
                Command.SendSlowly(far, n, PIECE, SLOW_KIBPS), SLOW_TIMES),
            new("bulk receive", "/MB", MEGABYTES, 64, (far, n) => Command.Receive(far, n, PIECE)),
            new("echo 64 bytes", "/round trip", 1, 100, (far, n) => Command.Echo(far, MESSAGE, n)),
        ];

        public string Title => "Doorbells when nobody looks";

        public string Explanation =>
            "On the virtual board a waiter looks for a moment before it sleeps and asks for a doorbell; a device " +
            "does not, so it rings more than the rows above. Here a near end in C and its agent run with " +
            "`K230_EAGER=0`, and neither looks. In a bulk send to a peer that is faster than the sender the agent " +
            "has often passed everything on and sleeps before the next call of 64 KiB comes, so the bound there " +
            "is one doorbell to the agent for each call, some 16 a MB, besides those that wake a sender without " +
            "room. The slow peer reads 50 MB/s with little room for more, as a network does that is slower than " +
            "the link: the agent then waits for the stack, not for the big core, and hardly any but the latter " +
            "doorbells are left. A sample of it has four times as much time, as the kernel's buffers take the " +
            "first megabytes at once.";

        public IReadOnlyList<Figure> Figures => _works.Select(w => w.Figure).ToArray();

        public IReadOnlyList<Row> Run(Session session) => _works.Select(w => w.Run(session)).ToArray();

        /// <param name="each">How much of what the unit names one count is.</param>
        /// <param name="first">A count that is surely not too large.</param>
        /// <param name="times">How many times the time of other samples one has here.</param>
        private sealed class Work(
            string name, string unit, double each, long first, Func<FarEnd, long, Command> command, int times = 1)
        {
            public Figure Figure { get; } = Figure.Lower($"doorbells, {name}, nobody looks", unit);

            public Row Run(Session session)
            {
                Sample Do(long count) => session.Ends.Sleepy.Run(command(session.Ends.Far, count));

                Effort effort = session.Effort with { Slower = times * session.Effort.Slower };
                long count = Calibration.Count(effort, first, Do);

                return Figure.Of(new Series(Enumerable.Range(0, session.Effort.Pairs).Select(_ =>
                {
                    Sample sample = Do(count);
                    session.Progress.Step();

                    return (sample.Rings + sample.Rung) / (count * each);
                })));
            }
        }
    }
}
