// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    internal sealed class ChunkBenchmark : ContestsBenchmark
    {
        private const int PIECE = 64 * 1024;

        public ChunkBenchmark()
            : base(
                new RateContest(
                    "bulk send against requests of 944 bytes, C",
                    "MB/s",
                    PIECE / 1e6,
                    first: 4,
                    e => e.K230,
                    e => e.Chunk,
                    (far, count) => Command.Send(far, count, PIECE),
                    ("K230", "chunks"),
                    target: 40))
        {
        }

        public override string Title => "Against one request per chunk";

        public override string Explanation =>
            "The vendor's design moves 944 bytes with a request and waits for the reply; " +
            "`bench/native/peer_chunk.c` does so over the same hal, and sleeps for each reply as that design does; " +
            "K230's client and agent look for a moment before they sleep. Both send pieces of 64 KiB until the " +
            "far end has confirmed every byte.";
    }
}
