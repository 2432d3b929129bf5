namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// One step of a transaction, with the answer the client was given. The answers of an operation whose outcome is not
/// <see cref="Outcome.Ok"/> are never looked at.
/// </summary>
public abstract record MicroOp(DataKind Data, string Key)
{
    /// <summary>Could change its object, whatever the answer would have been.</summary>
    public virtual bool CanChange => false;

    /// <summary>Changed its object, if the recorded answer is true.</summary>
    public virtual bool Changed => CanChange;
}

/// <summary>Appends a value no other append to this list uses.</summary>
public sealed record ListAppend(string Key, long Value) : MicroOp(DataKind.List, Key)
{
    public override bool CanChange => true;

    public override string ToString() => $"append {Key} {Value}";
}

/// <summary>The whole list as the transaction saw it, its own appends included.</summary>
public sealed record ListRead(string Key, long[] Value) : MicroOp(DataKind.List, Key)
{
    public override string ToString() => $"read {Key} = {Show.List(Value)}";
}

public sealed record RegisterWrite(string Key, long Value) : MicroOp(DataKind.Register, Key)
{
    public override bool CanChange => true;

    public override string ToString() => $"write {Key} {Value}";
}

/// <summary>A register's value; null before its first write.</summary>
public sealed record RegisterRead(string Key, long? Value) : MicroOp(DataKind.Register, Key)
{
    public override string ToString() => $"read {Key} = {Show.Value(Value)}";
}

public sealed record CounterAdd(string Key, long Amount) : MicroOp(DataKind.Counter, Key)
{
    public override bool CanChange => true;

    public override string ToString() => $"add {Key} {Amount}";
}

public sealed record CounterRead(string Key, long Value) : MicroOp(DataKind.Counter, Key)
{
    public override string ToString() => $"read {Key} = {Value}";
}

/// <summary>An insert that was told it made the row, or that one was there already.</summary>
public sealed record UniqueInsert(string Key, long Value, bool Inserted) : MicroOp(DataKind.UniqueKey, Key)
{
    public override bool CanChange => true;

    public override bool Changed => Inserted;

    public override string ToString() => $"insert {Key} {Value}: {(Inserted ? "inserted" : "conflict")}";
}

/// <summary>A delete that was told whether there was a row.</summary>
public sealed record UniqueDelete(string Key, bool Deleted) : MicroOp(DataKind.UniqueKey, Key)
{
    public override bool CanChange => true;

    public override bool Changed => Deleted;

    public override string ToString() => $"delete {Key}: {(Deleted ? "deleted" : "not found")}";
}

/// <summary>The row under a key; null when there is none.</summary>
public sealed record UniqueRead(string Key, long? Value) : MicroOp(DataKind.UniqueKey, Key)
{
    public override string ToString() => $"read {Key} = {Show.Value(Value)}";
}
