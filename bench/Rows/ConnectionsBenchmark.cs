// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    internal sealed class ConnectionsBenchmark() : ContestsBenchmark(
        RateContest.InC("connect, one byte, close", UNIT, 1, FIRST, Command.Connect),
        RateContest.InCSharp("connect, one byte, close", UNIT, 1, FIRST, Command.Connect, 0.6),
        RateContest.InC("accept, one byte, close", UNIT, 1, FIRST, Command.Accept),
        RateContest.InCSharp("accept, one byte, close", UNIT, 1, FIRST, Command.Accept))
    {
        private const string UNIT = "connections/s";
        private const int FIRST = 50;

        public override string Title => "Short connections";

        public override string Explanation =>
            "*Connect*: make a socket, connect, send a byte, receive it back, close, one after another. " +
            "*Accept*: the far end connects; accept, send a byte, close; the far end connects again once it has " +
            "the byte.";
    }
}
