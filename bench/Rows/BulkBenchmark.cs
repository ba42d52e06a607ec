// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal sealed class BulkBenchmark : ContestsBenchmark
    {
        private const int PIECE = 64 * 1024;
        private const double MEGABYTES = PIECE / 1e6;
        private const int FIRST = 64;

        private readonly RateContest _send;
        private readonly RateContest _receive;

        private readonly Figure _doorbells = Figure.Lower("doorbells in bulk, the worse of send and receive", "/MB", 8);
        private readonly Costs _sendCosts = new("bulk send");
        private readonly Costs _receiveCosts = new("bulk receive");

        public BulkBenchmark()
            : this(
                RateContest.InC("bulk send 64 KiB", "MB/s", MEGABYTES, FIRST, Send, 0.95),
                RateContest.InC("bulk receive 64 KiB", "MB/s", MEGABYTES, FIRST, Receive, 0.95))
        {
        }

        private BulkBenchmark(RateContest send, RateContest receive)
            : base(
                send,
                receive,
                RateContest.InCSharp("bulk send 64 KiB", "MB/s", MEGABYTES, FIRST, Send, 0.9),
                RateContest.InCSharp("bulk receive 64 KiB", "MB/s", MEGABYTES, FIRST, Receive, 0.9))
        {
            _send = send;
            _receive = receive;
        }

        public override string Title => "Bulk transfer";

        public override string Explanation =>
            "One TCP connection, pieces of 64 KiB. *Send*: until the far end has confirmed every byte. " +
            "*Receive*: from the request until the last byte; in C a call takes what is there, in C# it fills its " +
            "piece, on either side. Doorbells are those in both directions together, " +
            "counted in the samples of K230 in C; so is the processor time, of the near end (`client`: the big " +
            "core) and of the agent (the small core). A MB is 1 000 000 bytes.";

        protected override IReadOnlyList<Figure> MoreFigures =>
            [_doorbells, .. _sendCosts.Figures, .. _receiveCosts.Figures];

        protected override IReadOnlyList<Row> More()
        {
            Series send = Doorbells(_send);
            Series receive = Doorbells(_receive);

            return
            [
                _doorbells.Of(send.Median > receive.Median ? send : receive),
                .. _sendCosts.Of(_send.Pairs, PerMegabyte(_send), send),
                .. _receiveCosts.Of(_receive.Pairs, PerMegabyte(_receive), receive),
            ];
        }

        private static Command Send(FarEnd far, long count) => Command.Send(far, count, PIECE);

        private static Command Receive(FarEnd far, long count) => Command.Receive(far, count, PIECE);

        private static Func<double, double> PerMegabyte(RateContest contest) =>
            amount => amount / (contest.Count * MEGABYTES);

        private static Series Doorbells(RateContest contest) =>
            new(contest.Pairs.A.Select(s => PerMegabyte(contest)(s.Rings + s.Rung)));

        /// <summary>What one direction costs.</summary>
        private sealed class Costs(string direction)
        {
            private readonly Figure _doorbells = Figure.Lower($"doorbells, {direction}", "/MB");
            private readonly Figure _client = Figure.Lower($"processor time, {direction}: K230 client", "ms/MB");
            private readonly Figure _agent = Figure.Lower($"processor time, {direction}: K230 agent", "ms/MB");
            private readonly Figure _kernel = Figure.Lower($"processor time, {direction}: kernel client", "ms/MB");

            public IReadOnlyList<Figure> Figures => [_doorbells, _client, _agent, _kernel];

            public IReadOnlyList<Row> Of(Pairs pairs, Func<double, double> perMegabyte, Series doorbells) =>
            [
                _doorbells.Of(doorbells),
                _client.Of(pairs.OfA(s => perMegabyte(s.Cpu * 1e3))),
                _agent.Of(pairs.OfA(s => perMegabyte(s.Agent * 1e3))),
                _kernel.Of(pairs.OfB(s => perMegabyte(s.Cpu * 1e3))),
            ];
        }
    }
}
