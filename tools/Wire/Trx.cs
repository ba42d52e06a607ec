// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace K230.Wire
{
    /// <summary>Results in the format that Visual Studio and build servers read.</summary>
    internal static class Trx
    {
        private const string TestType = "13cdc9d9-ddb5-4fa4-a97d-d965ccfc6d4b"; // a unit test's, always
        private const string ListId = "8c84fa94-04c1-424b-9868-57a2d4851a1d"; // results that are in no list, always

        private static readonly XNamespace s_trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

        internal static void Write(string file, string device, DateTime start, IReadOnlyList<TestResult> results)
        {
            string At(DateTime time) => time.ToUniversalTime().ToString("o");

            int Count(TestOutcome outcome) => results.Count(result => result.Outcome == outcome);

            bool isPassed = Count(TestOutcome.Failed) == 0;
            var run = new XElement(
                s_trx + "TestRun", new XAttribute("id", Guid.NewGuid()), new XAttribute("name", "tests on " + device),
                new XElement(
                    s_trx + "Times", new XAttribute("creation", At(start)), new XAttribute("queuing", At(start)),
                    new XAttribute("start", At(start)), new XAttribute("finish", At(DateTime.UtcNow))),
                new XElement(s_trx + "Results", results.Select((result, i) => Result(device, result, i))),
                new XElement(s_trx + "TestDefinitions", results.Select((result, i) => Definition(result, i))),
                new XElement(s_trx + "TestEntries", results.Select((result, i) => new XElement(
                    s_trx + "TestEntry", new XAttribute("testId", Id(result.Name)),
                    new XAttribute("executionId", Id(result.Name + " " + i)), new XAttribute("testListId", ListId)))),
                new XElement(s_trx + "TestLists", new XElement(
                    s_trx + "TestList", new XAttribute("name", "Results Not in a List"), new XAttribute("id", ListId))),
                new XElement(
                    s_trx + "ResultSummary", new XAttribute("outcome", isPassed ? "Completed" : "Failed"),
                    new XElement(
                        s_trx + "Counters", new XAttribute("total", results.Count),
                        new XAttribute("executed", results.Count - Count(TestOutcome.Skipped)),
                        new XAttribute("passed", Count(TestOutcome.Passed)),
                        new XAttribute("failed", Count(TestOutcome.Failed)),
                        new XAttribute("notExecuted", Count(TestOutcome.Skipped)))));

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file)));
            new XDocument(run).Save(file);
        }

        private static XElement Result(string device, TestResult result, int number)
        {
            var element = new XElement(
                s_trx + "UnitTestResult", new XAttribute("executionId", Id(result.Name + " " + number)),
                new XAttribute("testId", Id(result.Name)), new XAttribute("testName", result.Name),
                new XAttribute("computerName", device), new XAttribute("duration", result.Duration.ToString("c")),
                new XAttribute("testType", TestType), new XAttribute("testListId", ListId),
                new XAttribute(
                    "outcome", result.Outcome == TestOutcome.Skipped ? "NotExecuted" : result.Outcome.ToString()));

            if (result.Output.Length > 0 || result.Message.Length > 0)
            {
                element.Add(new XElement(
                    s_trx + "Output",
                    result.Output.Length == 0 ? null : new XElement(s_trx + "StdOut", Printable(result.Output)),
                    result.Message.Length == 0 ? null : new XElement(
                        s_trx + "ErrorInfo", new XElement(s_trx + "Message", Printable(result.Message)))));
            }

            return element;
        }

        private static XElement Definition(TestResult result, int number)
        {
            string[] parts = result.Name.Split('.');
            int method = Math.Max(0, parts.Length - 2); // the number of the attribute comes last

            return new XElement(
                s_trx + "UnitTest", new XAttribute("name", result.Name), new XAttribute("id", Id(result.Name)),
                new XElement(s_trx + "Execution", new XAttribute("id", Id(result.Name + " " + number))),
                new XElement(
                    s_trx + "TestMethod", new XAttribute("codeBase", "NFUnitTest"),
                    new XAttribute("className", string.Join('.', parts[..method])),
                    new XAttribute("name", string.Join('.', parts[method..]))));
        }

        // XML takes no control characters.
        private static string Printable(string text) =>
            new string(text.Where(c => c is '\n' or '\t' || !char.IsControl(c)).ToArray());

        private static Guid Id(string name) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));
    }
}
