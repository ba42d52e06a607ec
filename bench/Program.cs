// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using K230.Bench;
using K230.Tools;

var quick = new Option<bool>("--quick") { Description = "a few short samples instead of many" };
var json = new Option<FileInfo>("--json") { Description = "also write the rows to this file", HelpName = "FILE" };
var only = new Option<string>("--only") { Description = "only rows with this text in their name", HelpName = "TEXT" };
var list = new Option<bool>("--list") { Description = "measure nothing, print what would be measured" };
var root = new RootCommand("Measures K230's sockets against the kernel's, .NET's and one request per chunk.")
{
    quick, json, only, list,
};

root.SetAction(options => options.GetValue(list)
    ? PrintList(options.GetValue(only))
    : Measure(options.GetValue(quick), options.GetValue(json), options.GetValue(only)));

return root.Run("bench", args);

static int PrintList(string text)
{
    Console.Write(Report.List(Suite.With(text)));
    return 0;
}

// 0 when everything could be measured, whatever the figures are: a slow machine is no failure.
static int Measure(bool few, FileInfo file, string text)
{
    if (file != null && file.Directory?.Exists != true) // said before minutes of measuring, not after
    {
        return CommandLine.Misuse("bench", $"there is no folder for --json {file}");
    }

    if (file != null && Unwritable(file) is string why)
    {
        return CommandLine.Misuse("bench", $"--json {file} cannot be written: {why}");
    }

    if (Setup.Objection() is string objection)
    {
        return CommandLine.Misuse("bench", objection);
    }

    IReadOnlyList<Benchmark> benchmarks = Suite.With(text);

    if (benchmarks.Count == 0)
    {
        return CommandLine.Misuse("bench", $"no row has \"{text}\" in its name (--list prints them)");
    }

    Setup.RemoveSettings();

    var progress = new Progress(Console.Error);
    Console.CancelKeyPress += (_, _) => progress.Interrupt();
    using var ends = new Ends(Setup.Native);
    var runner = new Runner(new Run(ends, few ? Job.Quick : Job.Full, progress));
    runner.Measure(benchmarks, text);

    if (Console.IsOutputRedirected)
    {
        Report.WritePlain(runner.Sections, Console.Out);
    }
    else
    {
        Report.WriteTables(runner.Sections, Spectre.Console.AnsiConsole.Console);
    }

    // The charts that are shown are those of a whole run.
    string folder = few || text != null || runner.Failures > 0 ? Setup.Trials : Setup.Results;

    bool written = Write("the charts", () =>
    {
        foreach (string chart in runner.Draw(folder))
        {
            Console.Error.WriteLine("drawn: " + chart);
        }
    });

    if (file != null)
    {
        written &= Write($"--json {file}", () =>
        {
            File.WriteAllText(file.FullName, Report.Json(runner.Sections.SelectMany(s => s.Rows)));
            Console.Error.WriteLine("rows written to " + file);
        });
    }

    if (runner.Failures > 0)
    {
        Console.Error.WriteLine($"bench: {runner.Failures} of {benchmarks.Count} could not be measured; see above");
    }

    return runner.Failures == 0 && written ? 0 : 1;
}

// Opens it as it will be opened in the end, and leaves what is there alone.
static string Unwritable(FileInfo file) =>
    Refusal(() => file.Open(FileMode.OpenOrCreate, FileAccess.Write).Dispose());

// A disk can fill up meanwhile.
static bool Write(string what, Action writing)
{
    string why = Refusal(writing);

    if (why != null)
    {
        Console.Error.WriteLine($"bench: {what} cannot be written: {why}");
    }

    return why == null;
}

// Why files could not be used; null when they could.
static string Refusal(Action use)
{
    try
    {
        use();

        return null;
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
    {
        return e.Message;
    }
}
