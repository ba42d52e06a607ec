// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;

namespace K230.Bench
{
    /// <summary>One kind of measurement. A new one is a class beside this file and an entry in Program.</summary>
    internal interface IBenchmark
    {
        /// <summary>What is measured, for people.</summary>
        string Title { get; }

        /// <param name="quick">A few runs instead of many.</param>
        /// <param name="progress">Takes one short line per step.</param>
        IEnumerable<Row> Run(bool quick, Action<string> progress);
    }
}
