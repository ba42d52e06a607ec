// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Drift
{
    /// <summary>Something that must be the same in two places and is not.</summary>
    public sealed class Problem
    {
        /// <summary>Makes a problem.</summary>
        public Problem(Place place, string what, string expected, string found, string remedy, Action fix = null)
        {
            Place = place;
            What = what;
            Expected = expected;
            Found = found;
            Remedy = remedy;
            Fix = fix;
        }

        /// <summary>Gets the file, and the line where there is one.</summary>
        public Place Place { get; }

        /// <summary>Gets what was compared.</summary>
        public string What { get; }

        /// <summary>Gets what should be there.</summary>
        public string Expected { get; }

        /// <summary>Gets what is there.</summary>
        public string Found { get; }

        /// <summary>Gets what to type.</summary>
        public string Remedy { get; }

        /// <summary>Gets what --fix does; null where somebody has to decide.</summary>
        public Action Fix { get; }

        /// <summary>As printed: five short lines.</summary>
        public override string ToString()
        {
            return Place + ": " + What + "\n" +
                "  expected: " + Expected + "\n" +
                "  found:    " + Found + "\n" +
                "  do:       " + Remedy;
        }
    }

    /// <summary>A file, as seen from the root of the repository, and a line of it; 0 is the file as a whole.</summary>
    public readonly record struct Place(string File, int Line = 0)
    {
        /// <summary>As editors take it.</summary>
        public override string ToString()
        {
            return Line == 0 ? File : File + ":" + Line;
        }
    }
}
