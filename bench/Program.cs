// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using K230.Bench;

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

ParseResult parsed = root.Parse(args);

return parsed.Errors.Count > 0 ? Wrong($"{parsed.Errors[0].Message} (--help lists the options)") : parsed.Invoke();

static int Wrong(string what)
{
    Console.Error.WriteLine("bench: " + what);
    return 2;
}

static int PrintList(string text)
{
    Console.Write(Listing.Of(Suite.With(text)));
    return 0;
}

// 0 when everything could be measured, whatever the figures are: a slow machine is no failure.
static int Measure(bool few, FileInfo file, string text)
{
    if (file != null && file.Directory?.Exists != true) // said before minutes of measuring, not after
    {
        return Wrong($"there is no folder for --json {file}");
    }

    if (file != null && Unwritable(file) is string why)
    {
        return Wrong($"--json {file} cannot be written: {why}");
    }

    if (Surroundings.Objection() is string objection)
    {
        return Wrong(objection);
    }

    IReadOnlyList<IBenchmark> benchmarks = Suite.With(text);

    if (benchmarks.Count == 0)
    {
        return Wrong($"no row has \"{text}\" in its name (--list prints them)");
    }

    Surroundings.TidyUp();

    var progress = new Progress(Console.Error);
    Console.CancelKeyPress += (_, _) => progress.Interrupt();
    using var ends = new Ends(Folders.Native);
    var measuring = new Measuring(new Session(ends, few ? Effort.Quick : Effort.Full, progress), progress);
    measuring.Run(benchmarks, text);
    Show(measuring.Sections);

    // The charts that are shown are those of a whole run.
    string folder = few || text != null || measuring.Failures > 0 ? Folders.Trials : Folders.Results;

    bool written = Write("the charts", () =>
    {
        foreach (string chart in measuring.Draw(folder))
        {
            Console.Error.WriteLine("drawn: " + chart);
        }
    });

    if (file != null)
    {
        written &= Write($"--json {file}", () =>
        {
            File.WriteAllText(file.FullName, JsonReport.Of(measuring.Sections.SelectMany(s => s.Rows)));
            Console.Error.WriteLine("rows written to " + file);
        });
    }

    if (measuring.Failures > 0)
    {
        Console.Error.WriteLine($"bench: {measuring.Failures} of {benchmarks.Count} could not be measured; see above");
    }

    return measuring.Failures == 0 && written ? 0 : 1;
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

static void Show(IReadOnlyList<Section> sections)
{
    if (Console.IsOutputRedirected)
    {
        PlainTable.Write(sections, Console.Out);
    }
    else
    {
        ConsoleTable.Write(sections);
    }
}
