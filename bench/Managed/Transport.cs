// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;

namespace K230.Bench
{
    /// <summary>A library of sockets in C#, as far as it is measured. Everything is on the loop.</summary>
    internal interface ITransport
    {
        string Name { get; }

        IConnection Connect(int port);

        IListener Listen();

        IDatagrams OpenDatagrams(int port);

        IWaiter Watch(IReadOnlyList<IConnection> connections);

        /// <summary>The addresses of a host's name.</summary>
        void LookUp(string host);
    }

    /// <summary>A TCP connection.</summary>
    internal interface IConnection : IDisposable
    {
        /// <summary>Small messages leave at once, in both libraries alike.</summary>
        void NoDelay();

        /// <summary>Sends all of it.</summary>
        void Send(byte[] data);

        /// <summary>Fills the buffer, as readinto does; less only where the stream ends.</summary>
        int Receive(byte[] buffer);

        /// <summary>Fills the buffer, or fails.</summary>
        void ReceiveAll(byte[] buffer);

        /// <summary>The bytes up to a line feed.</summary>
        byte[] ReadLine();
    }

    internal interface IListener : IDisposable
    {
        int Port { get; }

        IConnection Accept();
    }

    /// <summary>A UDP socket with one destination, which is named at each call.</summary>
    internal interface IDatagrams : IDisposable
    {
        void Send(byte[] datagram);
    }

    internal interface IWaiter
    {
        /// <summary>Waits until some connection can be received from; false if it is not this one.</summary>
        bool Wait(IConnection expected);
    }
}
