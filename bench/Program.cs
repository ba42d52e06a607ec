// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using K230.Bench;

IBenchmark[] benchmarks = [new SendAllBenchmark()];

var quick = new Option<bool>("--quick") { Description = "a few runs instead of many" };
var json = new Option<FileInfo>("--json") { Description = "also write the rows to this file", HelpName = "FILE" };
var root = new RootCommand("Measures K230.Sockets on the virtual board against System.Net.Sockets.") { quick, json };
var sink = new Command(SinkProcess.Verb, "the far end of a measurement") { Hidden = true };

sink.SetAction(_ => SinkProcess.Serve());
root.Subcommands.Add(sink);
root.SetAction(options => Measure(options.GetValue(quick), options.GetValue(json)));

ParseResult parsed = root.Parse(args);

if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"bench: {parsed.Errors[0].Message} (--help lists the options)");
    return 2;
}

return parsed.Invoke();

// 0 when it could measure, whatever the figures are: a slow machine is no failure.
int Measure(bool few, FileInfo file)
{
    var rows = new List<Row>();

    if (file != null && file.Directory?.Exists != true) // said before minutes of measuring, not after
    {
        Console.Error.WriteLine($"bench: there is no folder for --json {file}");
        return 2;
    }

    foreach (IBenchmark benchmark in benchmarks)
    {
        Console.WriteLine(benchmark.Title);
        rows.AddRange(benchmark.Run(few, step => Console.WriteLine("  " + step)));
    }

    Console.WriteLine();
    Report.PrintTable(rows);

    if (file != null)
    {
        Report.WriteJson(rows, file);
        Console.WriteLine("\nrows written to " + file);
    }

    return 0;
}
