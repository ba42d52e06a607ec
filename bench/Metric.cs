// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
    /// <summary>A row as it is announced, before it is measured.</summary>
    /// <param name="Better">"lower" or "higher".</param>
    /// <param name="Target">What the project asks for, or null where there is only a figure.</param>
    internal sealed record Metric(string Name, string Unit, string Better, double? Target = null)
    {
        public static Metric Lower(string name, string unit, double? target = null) => new(name, unit, "lower", target);

        public static Metric Higher(string name, string unit, double? target = null) =>
            new(name, unit, "higher", target);

        public Row Of(Statistics values) =>
            new(Name, values.Median, Unit, values.Low, values.High, Target, Better);

        public Row Of(double value) => new(Name, value, Unit, value, value, Target, Better);
    }

    /// <summary>
    /// One line of the result. <c>Low</c> and <c>High</c> are the extremes of the runs behind <c>Value</c>.
    /// </summary>
    /// <param name="Target">What the project asks for, or null where there is only a figure.</param>
    /// <param name="Better">"lower" or "higher".</param>
    internal sealed record Row(
        string Name, double Value, string Unit, double Low, double High, double? Target, string Better)
    {
        public bool MeetsTarget => Target == null || (Better == "lower" ? Value <= Target : Value >= Target);
    }
}
