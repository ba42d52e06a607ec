// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>A benchmark that is a list of contests, and perhaps figures that fall off from their samples.</summary>
    internal abstract class ContestsBenchmark(params RateContest[] contests) : IBenchmark
    {
        public abstract string Title { get; }

        public abstract string Explanation { get; }

        public IReadOnlyList<Figure> Figures => [.. contests.SelectMany(c => c.Figures), .. MoreFigures];

        protected virtual IReadOnlyList<Figure> MoreFigures => [];

        public IReadOnlyList<Row> Run(Session session) =>
            [.. contests.SelectMany(c => c.Run(session)).ToArray(), .. More()];

        protected virtual IReadOnlyList<Row> More() => [];
    }
}
