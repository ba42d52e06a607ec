// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Bench
{
    internal sealed class MessagesBenchmark() : ContestsBenchmark(
        RateContest.InC(Name(1), UNIT, 1, FIRST, Over(1)),
        RateContest.InC(Name(16), UNIT, 16, FIRST, Over(16)),
        RateContest.InCSharp(Name(1), UNIT, 1, FIRST, Over(1)),
        RateContest.InCSharp(Name(16), UNIT, 16, FIRST, Over(16)))
    {
        private const string UNIT = "messages/s";
        private const int SIZE = 64;
        private const int FIRST = 100;

        public override string Title => "Small messages";

        public override string Explanation =>
            "Messages of 64 bytes over 1 and over 16 TCP connections with TCP_NODELAY: one is sent on each, then " +
            "one is received on each, and so on. A message is there and back. The clock starts when all are " +
            "connected.";

        private static string Name(int sockets) =>
            sockets == 1 ? "messages of 64 bytes, 1 socket" : $"messages of 64 bytes, {sockets} sockets";

        private static Func<FarEnd, long, Command> Over(int sockets) =>
            (far, rounds) => Command.Messages(far, SIZE, rounds * sockets, sockets);
    }
}
