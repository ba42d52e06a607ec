// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    /// <summary>How much time measuring may take.</summary>
    /// <param name="Pairs">How often two things take turns.</param>
    /// <param name="Slower">Seconds of one sample of the slower of the two.</param>
    /// <param name="Faster">
    /// The least seconds of one sample of the faster: what takes a fortieth of the other's time would otherwise be over
    /// before it has begun.
    /// </param>
    /// <param name="Lines">Lines that are read one byte at a time, which takes seconds.</param>
    internal sealed record Effort(int Pairs, double Slower, double Faster, int Lines)
    {
        public static Effort Full => new(Pairs: 11, Slower: 0.2, Faster: 0.03, Lines: 100_000);

        public static Effort Quick => new(Pairs: 3, Slower: 0.1, Faster: 0.015, Lines: 20_000);
    }
}
