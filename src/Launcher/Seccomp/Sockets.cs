namespace Voxeltron.Launcher;

/// <summary>Which sockets a filter lets be made.</summary>
internal enum Sockets
{
    /// <summary>A worker's: those with a path.</summary>
    Unix,

    /// <summary>And TCP: a worker's whose Postgres is reached so. Where to it connects is Landlock's and its namespace's to say.</summary>
    Tcp,

    /// <summary>A broker's: and all of the internet's, and those that speak to the kernel. It may enter and make network namespaces, and no other kind.</summary>
    Broker,
}
