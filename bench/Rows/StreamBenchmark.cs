// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;

namespace K230.Bench
{
    internal sealed class StreamBenchmark : ContestsBenchmark
    {
        private readonly RateContest _small;
        private readonly Figure _doorbells = Figure.Lower("doorbells, stream of 16-byte sends", "/send");

        public StreamBenchmark()
            : this(RateContest.InC("stream of 16-byte sends", "sends/s", 1, 1000, Of16, 3))
        {
        }

        private StreamBenchmark(RateContest small)
            : base(
                small,
                RateContest.InCSharp("stream of 16-byte sends", "sends/s", 1, 1000, Of16, 6),
                RateContest.InCSharp("stream of 944-byte sends", "sends/s", 1, 1000, Of944, 3))
        {
            _small = small;
        }

        public override string Title => "Streams of small sends";

        public override string Explanation =>
            "One TCP connection, one call for each piece, none waits for an answer; until the far end has " +
            "confirmed every byte. 944 bytes are what the vendor's design moves with one request.";

        protected override IReadOnlyList<Figure> MoreFigures => [_doorbells];

        protected override IReadOnlyList<Row> More() =>
            [_doorbells.Of(_small.Pairs.OfA(s => (double)(s.Rings + s.Rung) / _small.Count))];

        private static Command Of16(FarEnd far, long count) => Command.Send(far, count, 16);

        private static Command Of944(FarEnd far, long count) => Command.Send(far, count, 944);
    }
}
