// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    internal sealed class LookUpBenchmark() : ContestsBenchmark(
        RateContest.InC("getaddrinfo of localhost", "look-ups/s", 1, 20, (_, count) => Command.LookUp(count)),
        RateContest.InCSharp("getaddrinfo of localhost", "look-ups/s", 1, 20, (_, count) => Command.LookUp(count)))
    {
        public override string Title => "Names";

        public override string Explanation =>
            "The IPv4 addresses of `localhost`, one look-up after another. No name server is asked, so this is " +
            "the way to the resolver and back.";
    }
}
