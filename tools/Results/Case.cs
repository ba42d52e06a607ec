// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Results
{
    internal enum Outcome
    {
        Passed,
        Failed,
        Skipped,
    }

    /// <summary>One test case, and what it said: the failure, or the reason of a skip.</summary>
    internal sealed record Case(string Suite, string Name, Outcome Outcome, string Output);
}
