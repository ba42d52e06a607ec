// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Bench
{
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
