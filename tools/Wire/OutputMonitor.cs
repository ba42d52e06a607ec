// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using System.Text;
using System.Threading;

namespace K230.Wire
{
    /// <summary>Shows the output of a program until it ends, over restarts and lost connections.</summary>
    internal sealed class OutputMonitor(Device device, TextWriter output, TextWriter notices)
    {
        private static readonly TimeSpan s_betweenAttempts = TimeSpan.FromMilliseconds(500);

        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private bool _isWithinLine;

        /// <summary>Runs until the program ends, or until <paramref name="end"/>.</summary>
        internal void Run(CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                OutputEnd why = Output.Read(device.Connection, Print, () => !end.IsCancellationRequested);

                switch (why)
                {
                    case OutputEnd.Ended:
                        Notice("the program has ended");
                        return;
                    case OutputEnd.Restarted:
                        Notice("the CLR has started again");
                        break;
                    case OutputEnd.Lost:
                        Notice("lost the connection, and tries again until Ctrl-C");
                        if (ComesBack(end))
                        {
                            Notice("is connected again");
                            if (device.HasEnded)
                            {
                                Notice("the program has ended");
                                return;
                            }
                        }

                        break;
                }
            }

            EndLine();
        }

        private bool ComesBack(CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    device.Reconnect();
                    return true;
                }
                catch (Failure)
                {
                    end.WaitHandle.WaitOne(s_betweenAttempts);
                }
            }

            return false;
        }

        // Pieces are cut anywhere, also within a character.
        private void Print(byte[] piece)
        {
            char[] text = new char[_decoder.GetCharCount(piece, 0, piece.Length)];
            int count = _decoder.GetChars(piece, 0, piece.Length, text, 0);
            string printed = new string(text, 0, count).Replace("\r\n", "\n").TrimEnd('\r');

            if (printed.Length > 0)
            {
                output.Write(printed.Replace("\n", output.NewLine));
                output.Flush();
                _isWithinLine = printed[^1] != '\n';
            }
        }

        private void EndLine()
        {
            if (_isWithinLine)
            {
                output.WriteLine();
                output.Flush();
                _isWithinLine = false;
            }
        }

        private void Notice(string what)
        {
            EndLine();
            notices.WriteLine("monitor: " + device + ": " + what);
            notices.Flush();
        }
    }
}
