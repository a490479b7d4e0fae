//! What a load may cost: the [`Meter`] that a machine asks before it does something.

use crate::wire::Opcode;

/// Watches what a load costs, and may stop it.
///
/// A [`Machine`](super::Machine) asks before each step, so that nothing is spent that is refused; `payload`, `far` and `items` are
/// about the step that was asked for last, at most twice, once and once.
/// [`Unlimited`] refuses nothing and costs nothing; [`Gauge`](crate::limits::Gauge) holds a load to
/// [`Limits`](crate::limits::Limits).
pub trait Meter {
    /// How a load is stopped.
    type Exceeded;

    /// Before an opcode is carried out; who wants to know how far the load has come asks for it.
    ///
    /// # Errors
    /// When the load may not go on.
    fn step(
        &mut self,
        opcode: Opcode,
        progress: impl FnOnce() -> Progress,
    ) -> Result<(), Self::Exceeded>;

    /// Before a payload of `length` bytes, or what is made of a line of that many, is read.
    ///
    /// # Errors
    /// When it is too long.
    fn payload(&mut self, opcode: Opcode, offset: u64, length: usize)
    -> Result<(), Self::Exceeded>;

    /// Before an entry is made in the memo whose index is so far beyond the others that it takes more memory than they do.
    ///
    /// # Errors
    /// When there is no room for it.
    fn far(&mut self) -> Result<(), Self::Exceeded>;

    /// Before `count` objects are moved from the stack into a container or into arguments.
    ///
    /// # Errors
    /// When there are too many.
    fn items(&mut self, opcode: Opcode, count: usize) -> Result<(), Self::Exceeded>;
}

/// How far a load has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The offset of the opcode, in bytes.
    pub offset: u64,
    /// The number of objects on the stack.
    pub stack: usize,
    /// The number of marks on it.
    pub marks: usize,
    /// The number of entries in the memo.
    pub memo: usize,
    /// The bytes of memory that the objects take, if the [model](super::Model::held) counts them.
    pub held: u64,
}

/// No limits: everything is allowed, and nothing is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlimited;

impl Meter for Unlimited {
    type Exceeded = core::convert::Infallible;

    #[inline(always)]
    fn step(
        &mut self,
        _opcode: Opcode,
        _progress: impl FnOnce() -> Progress,
    ) -> Result<(), Self::Exceeded> {
        Ok(())
    }

    #[inline(always)]
    fn payload(
        &mut self,
        _opcode: Opcode,
        _offset: u64,
        _length: usize,
    ) -> Result<(), Self::Exceeded> {
        Ok(())
    }

    #[inline(always)]
    fn far(&mut self) -> Result<(), Self::Exceeded> {
        Ok(())
    }

    #[inline(always)]
    fn items(&mut self, _opcode: Opcode, _count: usize) -> Result<(), Self::Exceeded> {
        Ok(())
    }
}
