// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    /// <summary>A row as it is announced, before it is measured.</summary>
    /// <param name="Better">"lower" or "higher".</param>
    /// <param name="Target">What the project asks for, or null where there is only a figure.</param>
    internal sealed record Figure(string Name, string Unit, string Better, double? Target = null)
    {
        public const string LOWER = "lower";
        public const string HIGHER = "higher";

        public static Figure Lower(string name, string unit, double? target = null) => new(name, unit, LOWER, target);

        public static Figure Higher(string name, string unit, double? target = null) => new(name, unit, HIGHER, target);

        public Row Of(Series series) =>
            new(Name, series.Median, Unit, series.Low, series.High, Target, Better);

        public Row Of(double value) => new(Name, value, Unit, value, value, Target, Better);
    }
}
