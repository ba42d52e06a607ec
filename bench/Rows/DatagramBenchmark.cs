// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal sealed class DatagramBenchmark : IBenchmark
    {
        private const string UNIT = "datagrams/s";
        private const int FIRST = 500;

        private readonly RateContest[] _sends =
        [
            RateContest.InCSharp("UDP 1400-byte sends", UNIT, 1, FIRST, Send(1400), 1.0),
            RateContest.InCSharp("UDP 64-byte sends", UNIT, 1, FIRST, Send(64)),
            RateContest.InC("UDP 1400-byte sends", UNIT, 1, FIRST, Send(1400)),
            RateContest.InC("UDP 64-byte sends", UNIT, 1, FIRST, Send(64)),
        ];

        private readonly Receives[] _receives = [new(1400), new(64)];
        private readonly Figure _lost = Figure.Lower("UDP 1400 bytes, datagrams lost in the link", "datagrams", 0);
        private readonly Figure _dropped = Figure.Lower("UDP 1400 bytes, dropped by the far end's own queue", "%");

        public string Title => "Datagrams";

        public string Explanation =>
            "*Sends*: to one address, named at each call, from the first call until the last has returned. " +
            "Afterwards the far end is asked how many came and how many the kernel dropped for want of room in " +
            "its socket; what is neither was lost on the way, in all samples of K230 together. *Receives*: the " +
            "far end sends as fast as it can; what comes per second, and the part of it that came.";

        public IReadOnlyList<Figure> Figures =>
        [
            .. _sends.SelectMany(c => c.Figures),
            _lost,
            _dropped,
            .. _receives.SelectMany(r => r.Figures),
        ];

        public IReadOnlyList<Row> Run(Session session)
        {
            Row[] sends = _sends.SelectMany(c => c.Run(session)).ToArray();
            Sample[] large = [.. _sends[0].Pairs.A, .. _sends[2].Pairs.A];

            return
            [
                .. sends,
                _lost.Of(large.Sum(Lost)),
                _dropped.Of(new Series(large.Select(s => 100.0 * s.Dropped / (s.Came + s.Dropped + s.Lost)))),
                .. _receives.SelectMany(r => r.Run(session)),
            ];
        }

        /// <summary>What a sample lost, if its counts can be: fewer than none in one would hide the loss of another.
        /// </summary>
        /// <exception cref="Failure">They cannot.</exception>
        public static long Lost(Sample s) => s.Came > 0 && s.Dropped >= 0 && s.Lost >= 0
            ? s.Lost
            : throw new Failure($"datagrams cannot be {s.Came} come, {s.Dropped} dropped and {s.Lost} lost");

        private static Func<FarEnd, long, Command> Send(int size) =>
            (far, count) => Command.SendDatagrams(far, size, count);

        /// <summary>Here the two do not do the same: what comes is counted, so the rate is not a matter of time alone.
        /// </summary>
        private sealed class Receives(int size)
        {
            private readonly Figure _ratio = Figure.Higher($"UDP {size}-byte receives, C, K230 / kernel", "x");
            private readonly Figure _ours = Figure.Higher($"UDP {size}-byte receives, C: K230", UNIT);
            private readonly Figure _theirs = Figure.Higher($"UDP {size}-byte receives, C: kernel", UNIT);
            private readonly Figure _part = Figure.Higher($"UDP {size}-byte receives, C: K230, of all sent", "%");

            public IReadOnlyList<Figure> Figures => [_ratio, _ours, _theirs, _part];

            public IReadOnlyList<Row> Run(Session session)
            {
                Ends ends = session.Ends;
                Pairs pairs = session.Alternate(
                    ends.K230,
                    ends.Kernel,
                    FIRST,
                    n => Command.ReceiveDatagrams(ends.Far, size, n),
                    out long count);

                double Rate(Sample sample) => sample.Came / sample.Seconds;

                return
                [
                    _ratio.Of(pairs.Ratio(Rate)),
                    _ours.Of(pairs.OfA(Rate)),
                    _theirs.Of(pairs.OfB(Rate)),
                    _part.Of(pairs.OfA(s => 100.0 * s.Came / count)),
                ];
            }
        }
    }
}
