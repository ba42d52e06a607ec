// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;

namespace K230.Bench
{
    /// <summary>The rows of one benchmark.</summary>
    internal sealed record Section(string Title, IReadOnlyList<Row> Rows);
}
