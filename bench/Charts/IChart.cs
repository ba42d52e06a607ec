// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    /// <summary>A benchmark whose figures are also drawn.</summary>
    internal interface IChart
    {
        string FileName { get; }

        /// <summary>An SVG document of the last run.</summary>
        string Draw();
    }
}
