// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;

namespace K230.Bench
{
    /// <summary>One kind of measurement. A new one is a class in Rows and an entry in <see cref="Suite"/>.</summary>
    internal interface IBenchmark
    {
        /// <summary>What is measured, for people: the head of its part of the table.</summary>
        string Title { get; }

        /// <summary>What is compared with what, and what the clock covers: a paragraph of bench/README.md.</summary>
        string Explanation { get; }

        /// <summary>The rows that <see cref="Run"/> gives, in this order.</summary>
        IReadOnlyList<Figure> Figures { get; }

        /// <exception cref="Failure">It could not be measured.</exception>
        IReadOnlyList<Row> Run(Session session);
    }
}
