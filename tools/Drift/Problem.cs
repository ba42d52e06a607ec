// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Drift
{
    /// <summary>Something that must be the same in two places and is not.</summary>
    /// <param name="Place">The file, and the line where there is one.</param>
    /// <param name="What">What was compared.</param>
    /// <param name="Expected">What should be there.</param>
    /// <param name="Found">What is there.</param>
    /// <param name="Remedy">What to type.</param>
    /// <param name="Fix">What --fix does; null where somebody has to decide.</param>
    public sealed record Problem(
        Place Place, string What, string Expected, string Found, string Remedy, Action Fix = null)
    {
        /// <summary>As printed: four short lines.</summary>
        public override string ToString() =>
            Place + ": " + What + "\n" +
                "  expected: " + Expected + "\n" +
                "  found:    " + Found + "\n" +
                "  do:       " + Remedy;
    }

    /// <summary>A file, as seen from the root of the repository, and a line of it; 0 is the file as a whole.</summary>
    public readonly record struct Place(string File, int Line = 0)
    {
        /// <summary>As editors take it.</summary>
        public override string ToString() => Line == 0 ? File : File + ":" + Line;
    }
}
