// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Wire
{
    /// <summary>How a test went.</summary>
    public enum TestOutcome
    {
        /// <summary>It passed.</summary>
        Passed,

        /// <summary>It failed.</summary>
        Failed,

        /// <summary>It skipped itself.</summary>
        Skipped,
    }

    /// <summary>A test's result.</summary>
    /// <param name="Name">Namespace, class, method, and the number of the attribute that made it a test.</param>
    /// <param name="Outcome">How it went.</param>
    /// <param name="Duration">How long it took; zero if it did not pass.</param>
    /// <param name="Message">Why it failed or was skipped.</param>
    /// <param name="Output">What the program printed since the last result.</param>
    public sealed record TestResult(
        string Name, TestOutcome Outcome, TimeSpan Duration, string Message, string Output);

    /// <summary>Reads results out of the lines that nanoFramework's UnitTestLauncher prints: "Test passed,NAME,TICKS",
    /// "Test failed,NAME,MESSAGE", "Test skipped,NAME,MESSAGE". The CLR prints "Ready." before and "Done." after.
    /// </summary>
    public sealed class TestRun
    {
        private const string Done = "Done.";

        // The CLR prints it and ends the thread; the launcher catches what its tests throw.
        private const string Uncaught = " Uncaught exception ";

        private static readonly (string Begin, TestOutcome Outcome)[] s_outcomes =
        [
            ("Test passed,", TestOutcome.Passed), ("Test failed,", TestOutcome.Failed),
            ("Test skipped,", TestOutcome.Skipped),
        ];

        private readonly List<TestResult> _results = new();
        private readonly List<string> _output = new();

        /// <summary>Gets the results so far.</summary>
        public IReadOnlyList<TestResult> Results
        {
            get { return _results; }
        }

        /// <summary>Gets a value indicating whether the CLR has printed that the program is done.</summary>
        public bool IsDone { get; private set; }

        /// <summary>Gets a value indicating whether the CLR has printed it after the last result, whatever came then.
        /// </summary>
        public bool HasSaidDone { get; private set; }

        /// <summary>Gets a value indicating whether an exception ended a thread of the program.</summary>
        public bool HasUncaught { get; private set; }

        /// <summary>Gets what was printed after the last result.</summary>
        public string Rest
        {
            get { return string.Join("\n", _output); }
        }

        /// <summary>Takes a line.</summary>
        /// <returns>The result that it is, or null.</returns>
        public TestResult Take(string line)
        {
            foreach ((string begin, TestOutcome outcome) in s_outcomes)
            {
                // A test that does not end its last line has the result behind it.
                int at = line.IndexOf(begin, StringComparison.Ordinal);

                if (at >= 0 && Result(outcome, line[(at + begin.Length)..], line[..at]) is TestResult result)
                {
                    _results.Add(result);
                    _output.Clear();
                    IsDone = false;
                    HasSaidDone = false;

                    return result;
                }
            }

            IsDone = line == Done;
            HasSaidDone |= line.EndsWith(Done, StringComparison.Ordinal); // behind a line that was not ended, too
            HasUncaught |= line == Uncaught.TrimEnd() || line == Uncaught;
            _output.Add(line);

            return null;
        }

        private TestResult Result(TestOutcome outcome, string rest, string before)
        {
            string[] parts = rest.Split(',', 2); // a message may have commas

            if (parts.Length != 2 || parts[0].Length == 0)
            {
                return null;
            }

            long ticks = 0;

            if (outcome == TestOutcome.Passed && !long.TryParse(parts[1], out ticks))
            {
                return null;
            }

            IEnumerable<string> output = before.Length > 0 ? _output.Append(before) : _output;

            return new TestResult(
                parts[0], outcome, TimeSpan.FromTicks(Math.Max(0, ticks)),
                outcome == TestOutcome.Passed ? "" : parts[1], string.Join("\n", output));
        }
    }
}
