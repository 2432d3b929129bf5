namespace Voxeltron.Tests.Support.Histories;

/// <summary>What an object of a history is. Two objects of one name and different kinds are different objects.</summary>
public enum DataKind
{
    /// <summary>A list that only grows. Values appended to one list are distinct within a history: inference rests on it.</summary>
    List,

    /// <summary>One value, absent until first written.</summary>
    Register,

    /// <summary>A sum that begins at zero.</summary>
    Counter,

    /// <summary>A key that holds at most one row: an insert beside a living row conflicts and changes nothing.</summary>
    UniqueKey,
}
